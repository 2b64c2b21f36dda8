// Runs a command line and turns whatever happens into an exit code; the only place that prints errors.
import { EXIT, OwError } from '../base/error.js';
import { Fault } from '../base/fault.js';
import { commandArguments } from './arguments.js';
import { faultText } from './render/fault-text.js';
import { printable } from './render/units.js';
import type { ErrorOutput } from './schema.js';

export async function runMain(run: (argv: readonly string[]) => Promise<number>): Promise<void> {
  const argv = commandArguments();
  // A closed pipe (`ow-inspect … | head`) ends the program quietly, as it does cat.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    process.stderr.write(`ow: cannot write the output: ${error.message}\n`);
    process.exit(EXIT.system);
  });
  try {
    process.exitCode = await run(argv);
  } catch (error) {
    const told = explain(error);
    process.stderr.write(wantsJson(argv) ? `${JSON.stringify(told)}\n` : errorText(told));
    process.exitCode = told.error.exitCode;
  }
}

/** Errors are JSON too where the output is to be. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}

export function errorText({ error: { message, hint } }: ErrorOutput): string {
  const lines = [
    ...message.split('\n'),
    ...(hint === null ? [] : hint.split('\n').map((line) => `    ${line}`)),
  ];
  return `ow: ${lines.map(printable).join('\n')}\n`;
}

/** Any error as what is told to the user. */
export function explain(error: unknown): ErrorOutput {
  if (error instanceof OwError) return told(error.exitCode, error.message, error.hint);
  if (error instanceof Fault) return told(EXIT.input, faultText(error), 'The dump is too damaged for this.');
  if (isErrno(error)) return told(EXIT.system, `${error.path ? `${error.path}: ` : ''}${error.message}`);
  const stack = process.env['OW_DEBUG'] !== undefined && error instanceof Error ? error.stack : undefined;
  return told(
    EXIT.internal,
    `internal error: ${stack ?? (error instanceof Error ? error.message : String(error))}`,
    'This is a bug: please report it with the output under OW_DEBUG=1.',
  );
}

function told(exitCode: number, message: string, hint: string | null = null): ErrorOutput {
  return { schema: 'otherworld/error/1', error: { exitCode, message, hint } };
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

// The two programs. The build makes one script of all that they load (scripts/build.mjs); launch.ts runs it.
import { runMain } from './main.js';

export type ProgramName = 'ow' | 'ow-inspect';

/** Runs the program on the process's own arguments; the process's exit code is set when it has come to its end. */
export function start(name: ProgramName): Promise<void> {
  return runMain(name === 'ow' ? ow : inspect);
}

async function ow(argv: readonly string[]): Promise<number> {
  return (await import('./subcommands.js')).runOw(argv);
}

async function inspect(argv: readonly string[]): Promise<number> {
  return (await import('./inspect.js')).runInspect(argv);
}

// The watch itself: one resurrection after the other, until the machine ends.

import { join } from 'node:path';
import { EXIT, InputError, SystemError } from '../../base/error.js';
import { explainResurrection } from '../../guard/explain.js';
import { startGuard } from '../../guard/guard.js';
import { keepRecord, type Resurrection, recordOf, type Stage, stageLine } from '../../guard/resurrection.js';
import type { Explanation } from '../../resurrect/journal/explain.js';
import { type GuardFlags, seconds } from './flags.js';

interface Printer {
  readonly ready: () => void;
  readonly armed: () => void;
  readonly stage: (stage: Stage) => void;
  readonly say: (text: string) => void;
  readonly end: (found: Resurrection, explained: Explanation | null) => void;
}

/** Returns the exit code. */
export async function watchMachine(flags: GuardFlags): Promise<number> {
  const printer = flags.json ? jsonPrinter : textPrinter;
  const stop = new AbortController();
  const interrupt = () => stop.abort('the guard was stopped');
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    let worst: number = EXIT.ok;
    for (let number = 1; ; number++) {
      const found = await watchOnce(flags, number, printer, stop.signal);
      if (found === null) return worst;
      worst = Math.max(worst, found);
      if (flags.once || stop.signal.aborted) return worst;
    }
  } finally {
    process.removeListener('SIGINT', interrupt);
    process.removeListener('SIGTERM', interrupt);
  }
}

/** Exit code of one resurrection; null where the machine has ended, or the guard was stopped. */
async function watchOnce(
  flags: GuardFlags,
  number: number,
  printer: Printer,
  signal: AbortSignal,
): Promise<number | null> {
  const guard = await startGuard({
    ...{ ram: flags.ram, socket: flags.socket, signal },
    ...{ selectors: flags.select ?? [], digests: flags.digests, warmUp: true },
    connectSeconds: seconds(flags.connect, '--connect'),
    silenceSeconds: seconds(flags.silence, '--silence'),
    onArmed: printer.armed,
    onStage: printer.stage,
    onSay: printer.say,
  }).catch((error: unknown) => {
    // After a resurrection it is no error that the machine is gone.
    if (number > 1 && error instanceof SystemError) return null;
    throw error;
  });
  if (guard === null) return null;
  printer.ready();
  const found = await guard.ended;
  if (found.failure instanceof InputError) throw found.failure;
  if (found.outcome === 'no panic') return null;
  if (flags.output !== undefined)
    keepRecord(flags.once ? flags.output : join(flags.output, String(number)), found);
  const explained = explainResurrection(found);
  printer.end(found, explained?.journal ?? null);
  return explained?.allGoOn ? EXIT.ok : EXIT.broken;
}

const put = (line: string) => process.stdout.write(`${line}\n`);

const textPrinter: Printer = {
  ready: () => put('watching'),
  armed: () => put('armed: a panic will be noticed in memory'),
  stage: (stage) => put(stageLine(stage)),
  say: (text) => put(`guest: ${text}`),
  end: ({ outcome, reason, after }, explained) => {
    for (const { pid, name, outcome: what, step } of explained?.processes ?? [])
      put(`${String(pid).padStart(7)}  ${what}${step === null ? '' : ` (step ${step})`}  ${name}`);
    if (after !== null) put(`what was run afterwards ended with exit code ${after}`);
    put(`${outcome}${reason === null ? '' : `: ${reason}`}`);
  },
};

const object = (kind: string, data: object) =>
  put(JSON.stringify({ schema: `otherworld/guard-${kind}/1`, ...data }));

const jsonPrinter: Printer = {
  ready: () => object('state', { state: 'watching' }),
  armed: () => object('state', { state: 'armed' }),
  stage: (stage) => object('stage', stage),
  say: (text) => object('say', { text }),
  end: (found, explained) => object('end', { ...recordOf(found), processes: explained?.processes ?? null }),
};

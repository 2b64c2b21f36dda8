// The watch itself: one resurrection after the other, until the machine ends.

import { EXIT, InputError, SystemError } from '../../base/error.js';
import { explainResurrection } from '../../guard/explain.js';
import { type Guard, type GuardOptions, startGuard } from '../../guard/guard.js';
import { keepRecord, type Resurrection } from '../../guard/resurrection.js';
import { type GuardFlags, seconds } from './flags.js';
import { jsonPrinter, type Printer, textPrinter } from './printer.js';
import { recordFolders } from './records.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Returns the exit code. */
export async function watchMachine(flags: GuardFlags): Promise<number> {
  const stop = new AbortController();
  // A second one ends it at once.
  const interrupt = (name: string) => stop.abort(`the guard was stopped (${name})`);
  for (const name of SIGNALS) process.once(name, interrupt);
  try {
    return await new Watching(flags, stop.signal).run();
  } finally {
    for (const name of SIGNALS) process.removeListener(name, interrupt);
  }
}

class Watching {
  private readonly printer: Printer;
  private readonly options: GuardOptions;
  /** Null where no records are kept. */
  private readonly folder: (() => string) | null;

  constructor(
    private readonly flags: GuardFlags,
    private readonly signal: AbortSignal,
  ) {
    const printer = flags.json ? jsonPrinter : textPrinter;
    this.printer = printer;
    this.options = {
      ...{ ram: flags.ram, socket: flags.socket, signal },
      ...{ selectors: flags.select ?? [], digests: flags.digests, warmUp: true },
      connectSeconds: seconds(flags.connect, '--connect'),
      silenceSeconds: seconds(flags.silence, '--silence'),
      onArmed: (armed) => printer.state(armed ? 'armed' : 'unarmed'),
      onTrial: ({ message }) => process.stderr.write(`ow: note: ${message} as yet\n`),
      onStage: printer.stage,
      onSay: printer.say,
    };
    this.folder = flags.output === undefined ? null : recordFolders(flags.output, flags.once ?? false);
  }

  async run(): Promise<number> {
    let worst: number = EXIT.ok;
    for (let isFirst = true; ; isFirst = false) {
      const guard = await this.connect(isFirst);
      if (guard === null) break;
      this.printer.state('watching');
      const found = await guard.ended;
      if (found.outcome === 'no panic' && found.failure instanceof InputError) throw found.failure;
      if (found.outcome === 'no panic') break;
      worst = Math.max(worst, this.conclude(found));
      if (this.flags.once || this.signal.aborted) return worst;
    }
    this.printer.state(this.signal.aborted ? 'stopped' : 'ended');
    return worst;
  }

  /** Null where the machine has ended, or the guard was stopped. */
  private async connect(isFirst: boolean): Promise<Guard | null> {
    try {
      return await startGuard(this.options);
    } catch (error) {
      // After a resurrection it is no error that the machine is gone.
      if (error instanceof SystemError && (!isFirst || this.signal.aborted)) return null;
      throw error;
    }
  }

  /** Exit code of one resurrection. */
  private conclude(found: Resurrection): number {
    const dir = this.folder?.() ?? null;
    if (dir !== null) keepRecord(dir, found);
    const explained = explainResurrection(found);
    this.printer.end({ found, explained: explained?.journal ?? null, dir });
    if (found.failure instanceof InputError) throw found.failure;
    return explained?.allGoOn ? EXIT.ok : EXIT.broken;
  }
}

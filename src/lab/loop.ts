// A run as its tests and `npm run kernels` want it: from work to a panic to what is run afterwards.

import { SystemError } from '../base/error.js';
import { type Run, type RunOptions, runGuest } from './run.js';

export interface LoopOptions extends Omit<RunOptions, 'machine' | 'kit'> {
  readonly workloads: readonly string[];
  /** Of the crash kernel's command line. */
  readonly append: string;
  /** A word that panicWay() knows; SysRq by default. */
  readonly panic?: string;
  /** A processor model. */
  readonly cpu?: string;
}

/** How the lab says that a guest died in another way than it was to. */
const TOO_EARLY = 'before it was armed';

/** Once more where the emulated guest broke before its panic: QEMU 7.2, and text patching on two processors. */
export async function runLoop(options: LoopOptions): Promise<Run> {
  try {
    return await run(options);
  } catch (error) {
    if (!(error instanceof SystemError) || !error.message.includes(TOO_EARLY)) throw error;
    options.onProgress?.(`once more: ${error.message}`);
    return run(options);
  }
}

function run({ workloads, append, panic = 'sysrq', cpu, ...options }: LoopOptions): Promise<Run> {
  const machine = { workloads, ...(cpu === undefined ? {} : { cpu }) };
  return runGuest({ ...options, machine, kit: { panic, record: false, append } });
}

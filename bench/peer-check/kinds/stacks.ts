// Kernel stacks: drgn unwinds by DWARF call frame information, we by the ORC tables in memory.

import type { StackFrame } from '../../../src/snapshot/system.js';
import { account, type Kind, subject, type Value } from '../facts.js';
import type { OracleIdle, OracleStack } from '../oracle.js';
import { taskLabel, taskSubject } from './tasks.js';

const INTERRUPTED = /^(?:interrupt|exception) /;

export const stacks: Kind = {
  name: 'stack',
  ours: ({ snapshot }) => account(snapshot.tasks, (task) => taskSubject(task, ourFields(task.kernelStack))),
  theirs: ({ tasks, idle }) =>
    account<OracleIdle>([...tasks, ...idle], (task) => [
      task.address,
      subject(taskLabel({ tid: task.pid, comm: task.comm }), theirFields(task.stack)),
    ]),
};

function ourFields(frames: readonly StackFrame[]): Record<string, Value> {
  return {
    addresses: frames.map(({ address }) => address),
    functions: frames.map(({ symbol }) => functionName(symbol)),
    interrupted: frames
      .filter(({ mark }) => mark !== null && INTERRUPTED.test(mark))
      .map(({ address }) => address),
    guesses: frames.filter(({ guess }) => guess).length,
  };
}

/** `schedule+0x5a/0xd0 [module]` without its numbers. */
function functionName(symbol: string | null): string | null {
  return symbol?.replace(/\+.*$/, '') ?? null;
}

/** The first frame of a task that was on a CPU has registers of its own, and was interrupted in no other sense. */
function theirFields(stack: OracleStack | null): Record<string, Value> {
  const frames = stack?.frames ?? null;
  return {
    addresses: frames?.map(({ pc }) => pc) ?? null,
    functions: frames?.map(({ symbol }) => symbol) ?? null,
    interrupted: frames?.filter(({ interrupted }, i) => interrupted && i > 0).map(({ pc }) => pc) ?? null,
    guesses: 0,
  };
}

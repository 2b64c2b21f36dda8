// Finds where to start unwinding a task that was on a CPU: its registers were in the processor and are gone, but the
// return addresses of its calls lie on its stacks. A word is believed to be one when it points behind a call instruction
// and ORC leads from there to the end of the stack. Deeper words may be left from calls that have long returned, so the
// functions that a CPU does not come back from are looked for first: from them on, outwards, the trace is certain.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { callBefore } from './call-site.js';
import type { OrcTables } from './orc-table.js';
import type { Stack } from './stacks.js';
import type { TextRanges } from './text-ranges.js';
import { functionAt } from './text-symbol.js';
import type { Frame, Unwinder } from './unwind.js';

/** Where a CPU ends its life. The first of them that is on a stack is where the trace begins. */
const LAST_FUNCTIONS = [
  'vpanic',
  'panic',
  '__crash_kexec',
  'crash_kexec',
  'stop_this_cpu',
  'crash_nmi_callback',
  'nmi_panic_self_stop',
  'panic_smp_self_stop',
  'sysvec_reboot',
];
const WORD = 8;
const PAGE = 4096;
/** Part of a function that the compiler moved away: it is called by the function's name. */
const COLD = /\.cold$/;

export interface Found {
  readonly frames: readonly Frame[];
  /** True where the start was taken for want of better: the inner frames may be left from an earlier call. */
  readonly guess: boolean;
}

interface Candidate {
  readonly slot: Kva;
  readonly ip: Kva;
  /** Function that it returns to. */
  readonly function: string | null;
  /** Function that was called, where the call names it. */
  readonly callee: string | null;
}

export function scanStacks(
  kernel: Kernel,
  unwinder: Unwinder,
  stacks: readonly Stack[],
  orc: OrcTables,
): Found | null {
  const inward = stacks.map((stack) => [...returnAddresses(kernel, stack, orc.text)]);
  const outward = inward.map((candidates) => candidates.toReversed());
  const scan = new Scan(unwinder, orc);
  for (const name of LAST_FUNCTIONS) {
    const isLast = (frame: Frame) => functionAt(kernel, (frame.ip - 1) as Kva) === name;
    if (!inward.flat().some((candidate) => candidate.function === name)) continue;
    const frames = scan.firstComplete(outward, (found) => found.some(isLast));
    if (frames !== null) return { frames: frames.slice(frames.findIndex(isLast)), guess: false };
  }
  const frames = scan.firstComplete(inward, (found) => found.length > 1);
  return frames && { frames, guess: true };
}

class Scan {
  constructor(
    private readonly unwinder: Unwinder,
    private readonly orc: OrcTables,
  ) {}

  /** The first candidate from which the end of the stack is reached. */
  firstComplete(
    perStack: readonly (readonly Candidate[])[],
    accept: (frames: readonly Frame[]) => boolean,
  ): readonly Frame[] | null {
    for (const candidates of perStack) {
      for (const candidate of candidates) {
        for (const bp of this.framePointers(candidate, candidates)) {
          const start = { ip: candidate.ip, sp: (candidate.slot + WORD) as Kva, bp, signal: false };
          const { frames, complete } = this.unwinder.unwind(start);
          if (complete && accept(frames)) return frames;
        }
      }
    }
    return null;
  }

  /**
   * What the frame pointer can have been. It matters where ORC finds the caller by it (panic is such a function): then
   * the caller's return address, behind a call of this very function, gives it away.
   */
  private *framePointers(candidate: Candidate, others: readonly Candidate[]): Generator<Kva> {
    yield Number.NaN as Kva;
    const orc = readable(() => this.orc.find((candidate.ip - 1) as Kva));
    if (orc === undefined || orc.type !== 'call' || this.orc.register(orc.spReg) !== 'bp') return;
    const called = candidate.function?.replace(COLD, '');
    for (const { slot, callee } of others) {
      if (slot > candidate.slot && callee === called) yield (slot + WORD - orc.spOffset) as Kva;
    }
  }
}

/** Words of a stack that point behind a call instruction, deepest first. */
function* returnAddresses(kernel: Kernel, stack: Stack, text: TextRanges): Generator<Candidate> {
  for (const { slot, word } of words(kernel, stack)) {
    if (!(word < 0) || !text.has(word)) continue;
    const target = readable(() => callBefore(kernel.mem, word));
    if (target === undefined) continue;
    const callee = target === null ? null : functionAt(kernel, target);
    yield { slot, ip: word, function: functionAt(kernel, (word - 1) as Kva), callee };
  }
}

/** Page by page: an exception stack that this machine does not use is not mapped. */
function* words({ mem }: Kernel, stack: Stack): Generator<{ slot: Kva; word: Kva }> {
  for (let page: number = stack.start; page < stack.end; page += PAGE) {
    const bytes = readable(() => mem.bytes(page as Kva, Math.min(PAGE, stack.end - page)));
    if (bytes === undefined) continue;
    const view = new DataView(bytes.buffer);
    for (let at = 0; at + WORD <= bytes.length; at += WORD) {
      const word = mem.fold.fromWords(view.getUint32(at, true), view.getUint32(at + 4, true));
      yield { slot: (page + at) as Kva, word };
    }
  }
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

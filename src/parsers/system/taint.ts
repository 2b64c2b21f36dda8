// Taint flags (kernel/panic.c): letters from the kernel's own table, so that a distribution's flags have their letters.

import type { Kva } from '../../base/address.js';
import type { System } from '../../snapshot/system.js';
import type { Kernel } from '../kernel/kernel.js';

interface Letters {
  readonly set: string;
  readonly clear: string;
}

const FLAG = { set: 'c_true', clear: 'c_false' } as const;
/** What upstream has had in its table, for a kernel whose table cannot be read. */
const UPSTREAM = 'PFSRMBUDAWCIOELKXTNJ';
const MAX_FLAGS = 32;
const SPACE = 0x20;

/** The table ends where no letter follows: its length is in no type. */
function readTable(kernel: Kernel): Letters[] {
  const { mem } = kernel;
  const start = kernel.symbol('taint_flags');
  const at = kernel.layout('taint_flag', FLAG);
  const bytes = kernel.sizeOf('taint_flag');
  const table: Letters[] = [];
  for (let bit = 0; bit < MAX_FLAGS; bit++) {
    const flag = (start + bit * bytes) as Kva;
    const set = String.fromCharCode(mem.u8(flag, at.set));
    const clear = mem.u8(flag, at.clear);
    const isFlag =
      /[A-Za-z]/.test(set) && (bit === 0 || clear === SPACE) && !table.some((each) => each.set === set);
    if (!isFlag) break;
    table.push({ set, clear: String.fromCharCode(clear) });
  }
  return table;
}

function letters(kernel: Kernel): Letters[] {
  const upstream = Array.from(UPSTREAM, (set, bit) => ({ set, clear: bit === 0 ? 'G' : ' ' }));
  return kernel.faults.guard('taint_flags', () => readTable(kernel), upstream);
}

const isSet = (mask: number, bit: number) => Math.floor(mask / 2 ** bit) % 2 === 1;

/** Letters of the flags that are set: `OE`. */
export function taintLetters(kernel: Kernel, mask: number): string {
  if (mask === 0) return '';
  return letters(kernel)
    .filter((_, bit) => isSet(mask, bit))
    .map(({ set }) => set)
    .join('');
}

/** As print_tainted() says it, without the spaces at the end. */
export function readTaint(kernel: Kernel): System['taint'] {
  const bits = kernel.mem.nat(kernel.symbol('tainted_mask'));
  if (bits === 0) return { bits, text: 'Not tainted' };
  const text = letters(kernel).map(({ set, clear }, bit) => (isSet(bits, bit) ? set : clear));
  return { bits, text: `Tainted: ${text.join('')}`.trimEnd() };
}

// The base registers of ORC entries by number (ORC_REG_*, arch/x86/include/asm/orc_types.h). The numbers were given anew
// once, and nothing but the tables themselves tells.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Trait } from '../kernel/trait.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from '../symbols/symbols.js';
import { ORC_ENTRY_BYTES } from './orc-entry.js';

export type OrcRegister =
  | 'undefined'
  | 'ax'
  | 'dx'
  | 'di'
  | 'bp'
  | 'sp'
  | 'r10'
  | 'r13'
  | 'bp-indirect'
  | 'sp-indirect'
  | 'prev-sp';

const OLD: readonly OrcRegister[] = [
  'undefined',
  'prev-sp',
  'dx',
  'di',
  'bp',
  'sp',
  'r10',
  'r13',
  'bp-indirect',
  'sp-indirect',
];
const REORDERED: readonly OrcRegister[] = [
  'undefined',
  'ax',
  'dx',
  'sp',
  'bp',
  'di',
  'r10',
  'r13',
  'prev-sp',
  'sp-indirect',
  'bp-indirect',
];

const SAMPLE = 1024;
/** Of a function's first byte: only the return address lies between the stack pointer and the caller's. */
const AT_ENTRY = 8;

/** Number of the register that functions are entered with, by the first entries of the kernel's table. */
function entryRegister(symbols: SymbolSource, mem: KernelMemory): number {
  const start = symbols.address('__start_orc_unwind');
  if (start === undefined) return 0;
  const seen = new Array<number>(16).fill(0);
  for (let n = 0; n < SAMPLE; n++) {
    const entry = (start + n * ORC_ENTRY_BYTES) as Kva;
    if (mem.u16(entry) === AT_ENTRY) seen[mem.u8(entry, 4) & 15]!++;
  }
  return seen.indexOf(Math.max(...seen));
}

function entersWith(number: number): (types: unknown, symbols: SymbolSource, mem: KernelMemory) => boolean {
  return (_types, symbols, mem) => {
    try {
      return entryRegister(symbols, mem) === number;
    } catch (error) {
      if (error instanceof Fault) return false;
      throw error;
    }
  };
}

export const orcRegisters: Trait<readonly OrcRegister[]> = {
  name: 'ORC registers',
  eras: [
    {
      name: 'reordered: sp 3, previous sp 8',
      since: '7.1',
      commit: '1735858caa4b',
      evidence: 'functions are entered with register 3',
      probe: entersWith(REORDERED.indexOf('sp')),
      reader: REORDERED,
    },
    {
      name: 'sp 5, previous sp 1',
      since: '4.14',
      commit: null,
      evidence: 'functions are entered with register 5',
      probe: entersWith(OLD.indexOf('sp')),
      reader: OLD,
    },
  ],
};

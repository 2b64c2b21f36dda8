// One entry of the ORC unwind tables (arch/x86/include/asm/orc_types.h): how to get from a place in a function to its
// caller's stack pointer, frame pointer and address. 6 bytes: two signed offsets, then bit-fields that changed twice.

import type { Kva } from '../../base/address.js';
import type { Trait } from '../kernel/trait.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { TypeSource } from '../types/types.js';

export const ORC_ENTRY_BYTES = 6;

/** What lies at the caller's stack pointer: a return address, pt_regs, or only their iret part. */
export type OrcType = 'undefined' | 'end' | 'call' | 'regs' | 'partial-regs';

export interface OrcEntry {
  readonly spOffset: number;
  readonly bpOffset: number;
  /** Number of the register, to be named by `orcRegisters`; 0 is none. */
  readonly spReg: number;
  readonly bpReg: number;
  readonly type: OrcType;
  /** The frame was interrupted, not called from: its address is no return address. Null where the era does not say. */
  readonly signal: boolean | null;
}

type Flags = Pick<OrcEntry, 'type' | 'signal'>;
export type OrcDecoder = (mem: KernelMemory, at: Kva) => OrcEntry;

function decoder(flags: (bits: number, spReg: number) => Flags): OrcDecoder {
  return (mem, at) => {
    const bits = mem.u16(at, 4);
    const spReg = bits & 15;
    return {
      spOffset: (mem.u16(at) << 16) >> 16,
      bpOffset: (mem.u16(at, 2) << 16) >> 16,
      spReg,
      bpReg: (bits >> 4) & 15,
      ...flags(bits >> 8, spReg),
    };
  };
}

const TYPES: readonly OrcType[] = ['undefined', 'end', 'call', 'regs', 'partial-regs'];
const OLD_TYPES: readonly OrcType[] = ['call', 'regs', 'partial-regs', 'undefined'];

/** type:3, signal:1. */
const typed = decoder((bits) => ({ type: TYPES[bits & 7] ?? 'undefined', signal: (bits & 8) !== 0 }));

/** type:2, signal:1, end:1. */
const withSignal = decoder((bits, spReg) => ({
  type: oldType(bits, spReg, (bits & 8) !== 0),
  signal: (bits & 4) !== 0,
}));

/** type:2, end:1. */
const withEnd = decoder((bits, spReg) => ({ type: oldType(bits, spReg, (bits & 4) !== 0), signal: null }));

/** Without a stack pointer the entry stands for the end of the stack or for nothing known. */
function oldType(bits: number, spReg: number, end: boolean): OrcType {
  if (spReg === 0) return end ? 'end' : 'undefined';
  return OLD_TYPES[bits & 3] as OrcType;
}

function typeWidth(types: TypeSource): number | undefined {
  return types.member('orc_entry.type')?.bits?.width;
}

export const orcEntry: Trait<OrcDecoder> = {
  name: 'ORC entry',
  eras: [
    {
      name: 'type says where the stack ends',
      since: '6.4',
      commit: 'fb799447ae29',
      evidence: 'orc_entry.type of 3 bits',
      probe: (types) => typeWidth(types) === 3,
      reader: typed,
    },
    {
      name: 'bits end and signal',
      since: '6.3',
      commit: 'ffb1b4a41016',
      evidence: 'orc_entry.signal',
      probe: (types) => typeWidth(types) === 2 && types.member('orc_entry.signal') !== undefined,
      reader: withSignal,
    },
    {
      name: 'bit end',
      since: '4.14',
      commit: null,
      evidence: 'orc_entry.end',
      probe: (types) => typeWidth(types) === 2,
      reader: withEnd,
    },
  ],
};

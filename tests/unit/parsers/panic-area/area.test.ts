import { describe, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { Fault, type FaultKind } from '../../../../src/base/fault.js';
import { readPanicArea } from '../../../../src/parsers/panic-area/area.js';
import { findPanicArea, findPanicAreas } from '../../../../src/parsers/panic-area/find.js';
import { AREA, SLOT, SLOT_STATE } from '../../../../src/parsers/panic-area/layout.js';
import { readPanicSlot } from '../../../../src/parsers/panic-area/slot.js';
import { FIRST_SLOT, madePanicArea, sealArea, sealSlot, slotOf } from '../../helpers/made-panic-area.js';
import { SparseMemory } from '../../helpers/sparse-memory.js';

const AT = 0x40_0000 as Phys;
const SLOTS = [
  null,
  { tid: 7, task: 0xffff_8880_0000_1000n, flags: ['registers'] as const, user: { ip: 0x401000 } },
];
const made = () => madePanicArea({ physical: AT, slots: SLOTS });

function memoryWith(bytes: Uint8Array, at = AT) {
  const memory = new SparseMemory(64 << 20);
  memory.write(at, bytes);
  return memory.memory();
}

/** The fault that reading ends in. */
function faultOf(read: () => unknown): { kind: FaultKind; detail: string } {
  try {
    read();
  } catch (error) {
    if (error instanceof Fault) return { kind: error.kind, detail: error.detail };
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('a header', () => {
  const HEADERS: [what: string, change: (bytes: Buffer) => void, sealed: boolean, detail: RegExp][] = [
    ['without its magic', (bytes) => bytes.write('x'), true, /no magic/],
    ['that is torn', (bytes) => bytes.writeUInt32LE(3, AREA.slots), false, /checksum/],
    ['that was copied', (bytes) => bytes.writeBigUInt64LE(0x7000n, AREA.physical), true, /elsewhere/],
    ['without CPUs', (bytes) => bytes.writeUInt32LE(0, AREA.slots), true, /0 CPUs/],
    [
      'with impossibly many',
      (bytes) => bytes.writeUInt32LE(0xffff_ffff, AREA.slots),
      true,
      /4294967295 CPUs/,
    ],
    ['with more than it has room for', (bytes) => bytes.writeUInt32LE(3, AREA.slots), true, /3 slots in/],
    ['with slots in the header', (bytes) => bytes.writeUInt32LE(64, AREA.slots_offset), true, /from byte 64/],
    [
      'with slots far behind it',
      (bytes) => bytes.writeUInt32LE(1 << 30, AREA.slots_offset),
      true,
      /from byte/,
    ],
    [
      'with slots too small',
      (bytes) => bytes.writeUInt32LE(448, AREA.slot_bytes),
      true,
      /slots of 448 bytes/,
    ],
    ['with slots too large', (bytes) => bytes.writeUInt32LE(1 << 30, AREA.slot_bytes), true, /slots of/],
    [
      'with slots that are not aligned',
      (bytes) => bytes.writeUInt32LE(1001, AREA.slot_bytes),
      true,
      /aligned/,
    ],
    [
      'with endless registers',
      (bytes) => bytes.writeUInt32LE(1 << 20, AREA.xsave_bytes),
      true,
      /vector registers/,
    ],
    ['with unknown registers', (bytes) => bytes.writeUInt32LE(9, AREA.xsave_format), true, /format 9/],
  ];
  test.each(HEADERS)('%s is refused', (_what, change, sealed, detail) => {
    const bytes = made();
    change(bytes);
    if (sealed) sealArea(bytes);
    const memory = memoryWith(bytes);
    const fault = faultOf(() => readPanicArea(memory, AT));
    expect(fault.kind).toBe('corrupt');
    expect(fault.detail).toMatch(detail);
    expect(findPanicArea(memory)).toBeNull();
  });

  test('of a version to come is not understood', () => {
    const bytes = made();
    bytes.writeUInt32LE(2, AREA.version);
    const fault = faultOf(() => readPanicArea(memoryWith(bytes), AT));
    expect(fault).toEqual({ kind: 'unknown', detail: 'panic area of version 2' });
  });

  test('whose state changes stays sound', () => {
    const bytes = made();
    bytes.writeUInt32LE(1, AREA.state);
    expect(readPanicArea(memoryWith(bytes), AT)).toMatchObject({ state: 1, slots: 2, release: '6.1.0-made' });
  });
});

describe('a search', () => {
  test('finds what stands at the start of a page, wherever that is, and nothing else', () => {
    const memory = new SparseMemory(64 << 20);
    memory.write(0x1_0100, made());
    memory.write(0x2_0000, made());
    const places = [0x3_0000, (8 << 20) - 4096, (64 << 20) - 3 * 4096];
    for (const physical of places) memory.write(physical, madePanicArea({ physical, slots: [null] }));
    expect([...findPanicAreas(memory.memory())].map(({ physical }) => physical)).toEqual(places);
  });

  test('of memory without one ends', () => {
    expect(findPanicArea(new SparseMemory(64 << 20).memory())).toBeNull();
  });
});

describe('a slot', () => {
  const read = (bytes: Buffer, cpu = 1) => {
    const memory = memoryWith(bytes);
    return readPanicSlot(memory, readPanicArea(memory, AT), cpu);
  };

  test('has what its CPU saved', () => {
    const slot = read(made());
    expect(slot).toMatchObject({ cpu: 1, tid: 7, fsBase: null, gsBase: null, pkru: null, vectors: null });
    expect(slot?.user?.('ip')).toBe(0x401000n);
    expect(read(made(), 0)).toBeNull();
    expect(read(made(), 2)).toBeNull();
  });

  const WRONG: [what: string, change: (slot: Buffer) => void, sealed: boolean, detail: RegExp][] = [
    [
      'that was being written',
      (slot) => slot.writeUInt32LE(SLOT_STATE.writing, SLOT.state),
      true,
      /cut short/,
    ],
    ['in no known state', (slot) => slot.writeUInt32LE(77, SLOT.state), true, /state 77/],
    ['that is torn', (slot) => slot.writeUInt32LE(5, SLOT.user), false, /checksum/],
    ['of another CPU', (slot) => slot.writeUInt32LE(0, SLOT.cpu), true, /it is CPU 0/],
    ['longer than a slot', (slot) => slot.writeUInt32LE(1 << 30, SLOT.bytes), false, /bytes in use/],
    [
      'with registers beyond its end',
      (slot) => slot.writeUInt32LE(9999, SLOT.xsave_bytes),
      true,
      /beyond its end/,
    ],
  ];
  test.each(WRONG)('%s is refused', (_what, change, sealed, detail) => {
    const bytes = made();
    change(slotOf(bytes, 1));
    if (sealed) sealSlot(slotOf(bytes, 1));
    const fault = faultOf(() => read(bytes));
    expect(fault.kind).toBe('corrupt');
    expect(fault.detail).toMatch(detail);
  });

  test('that the image lacks is a hole', () => {
    const memory = new SparseMemory(64 << 20);
    memory.write(AT, made());
    memory.hole(AT + FIRST_SLOT + 4096);
    const physical = memory.memory();
    expect(faultOf(() => readPanicSlot(physical, readPanicArea(physical, AT), 1)).kind).toBe('hole');
  });
});

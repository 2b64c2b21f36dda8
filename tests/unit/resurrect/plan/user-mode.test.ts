// Registers that user mode cannot have: the process is lost, and the plan holds nevertheless.

import { describe, expect, test } from 'vitest';
import type { Hex } from '../../../../src/base/address.js';
import {
  endOfUserSpace,
  isVectorState,
  unfitRegisters,
  userFlags,
} from '../../../../src/resurrect/plan/tasks/user-mode.js';
import type { FpuState, Segments, UserRegisters } from '../../../../src/snapshot/thread.js';
import { inCall, systemCall } from './made-snapshot.js';

const END = endOfUserSpace(4);
const { registers, segments } = inCall(systemCall(34));

function found(changes: Partial<UserRegisters>, others: Partial<Segments> = {}): string | null {
  return unfitRegisters(
    {
      registers: { ...(registers as UserRegisters), ...changes },
      segments: { ...(segments as Segments), ...others },
    },
    END,
  );
}

describe('registers', () => {
  test('as they are of any thread, and of one in the vsyscall page', () => {
    expect(found({})).toBeNull();
    expect(found({ ip: '0xffffffffff600400' })).toBeNull();
    expect(found({ sp: '0xffff888000000000' })).toBeNull();
    expect(found({ cs: 0x23 }, { ds: 0x2b, fs: 0x63 })).toBeNull();
    expect(unfitRegisters({ registers: null, segments: null }, END)).toBeNull();
  });

  test.each<[Partial<UserRegisters>, string]>([
    [{ cs: 0x10 }, 'selectors'],
    [{ ss: 0x18 }, 'selectors'],
    [{ flags: '0x46' }, 'flags'],
    [{ flags: '0x3246' }, 'flags'],
    [{ ip: '0xffffffff81000000' }, 'an instruction pointer'],
    [{ ip: '0x800000000000' }, 'an instruction pointer'],
  ])('%j', (changes, what) => expect(found(changes)).toBe(what));

  test.each<[Partial<Segments>, string]>([
    [{ ds: 0x18 }, 'selectors'],
    [{ fsBase: '0xffff888000000000' }, 'segment bases'],
    [{ gsBase: '0x7ffffffff000' }, 'segment bases'],
  ])('%j', (changes, what) => expect(found({}, changes)).toBe(what));

  test('the nested-task flag, which programs can set, is left out', () => {
    const flags: Hex = '0x4246';
    expect(userFlags(BigInt(flags))).toBe(0x246n);
    expect(found({ flags })).toBeNull();
  });
});

describe('vector state', () => {
  function state(
    format: FpuState['format'],
    bytes: number,
    edit: (view: DataView) => void = () => undefined,
  ) {
    const area = new Uint8Array(bytes);
    const view = new DataView(area.buffer);
    view.setUint32(24, 0x1f80, true);
    edit(view);
    const raw = { bytes, base64: Buffer.from(area).toString('base64') };
    return isVectorState({ format, raw, xfeatures: '0x3' } as unknown as FpuState);
  }
  const bit = (at: number, value: bigint) => (view: DataView) => view.setBigUint64(at, value, true);

  test('of each format', () => {
    expect(state('fxsave', 512)).toBe(true);
    expect(state('xsave', 576, bit(512, 3n))).toBe(true);
    expect(state('xsave compacted', 576, bit(520, 1n << 63n))).toBe(true);
  });

  test('of a size, with reserved bits or components that its format does not have', () => {
    expect(state('fxsave', 520)).toBe(false);
    expect(state('fxsave', 511)).toBe(false);
    expect(state('fxsave', 512, (view) => view.setUint8(27, 1))).toBe(false);
    expect(state('xsave', 570)).toBe(false);
    expect(state('xsave', 576, bit(520, 1n << 63n))).toBe(false);
    expect(state('xsave', 576, bit(528, 1n))).toBe(false);
    expect(state('xsave', 576, bit(512, 4n))).toBe(false);
    expect(state('xsave compacted', 576)).toBe(false);
    const notLaidOut = (view: DataView): void => {
      view.setUint8(512, 3);
      view.setUint8(527, 0x80);
    };
    expect(state('xsave compacted', 576, notLaidOut)).toBe(false);
  });
});

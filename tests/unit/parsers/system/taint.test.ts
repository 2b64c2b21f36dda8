import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readTaint, taintLetters } from '../../../../src/parsers/system/taint.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

function tainted(mask: number, table = 'PFSRMBUDAWCIOELKXTNJ'): SyntheticKernel {
  const made = new SyntheticKernel();
  made.types.struct('taint_flag', { c_true: 'char', c_false: 'char', desc: 'ptr' });
  const flags = made.alloc(16 * 32);
  for (const [bit, letter] of Array.from(table).entries()) {
    made.text((flags + bit * 16) as Kva, letter + (bit === 0 ? 'G' : ' '));
  }
  made.symbol('taint_flags', flags);
  const bits = made.alloc(8);
  made.poke(bits, mask);
  made.symbol('tainted_mask', bits);
  return made;
}

describe('taints', () => {
  test('as print_tainted() says them', () => {
    expect(readTaint(tainted(0).kernel())).toEqual({ bits: 0, text: 'Not tainted' });
    expect(readTaint(tainted(1 << 7).kernel())).toEqual({ bits: 128, text: 'Tainted: G      D' });
    expect(readTaint(tainted(0x1001).kernel()).text).toBe('Tainted: P           O');
  });

  test('letters come from the kernel’s table', () => {
    expect(taintLetters(tainted(0, 'PFq').kernel(), 4)).toBe('q');
    expect(taintLetters(tainted(0).kernel(), (1 << 12) | (1 << 13))).toBe('OE');
  });

  test('or from upstream’s where that cannot be read', () => {
    const made = new SyntheticKernel();
    const kernel = made.kernel();
    expect(taintLetters(kernel, 1 << 13)).toBe('E');
    expect(kernel.faults.count).toBe(1);
  });
});

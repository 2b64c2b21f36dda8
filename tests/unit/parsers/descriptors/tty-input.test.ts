import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { lineInput, receivedInput } from '../../../../src/parsers/descriptors/tty-input.js';
import { type Contents, contentsOf } from '../../../../src/snapshot/bytes.js';
import { MadeDescriptors } from './made-descriptors.js';

const RING = 4096;
const text = (contents: Contents) => Buffer.from(contentsOf(contents)).toString('latin1');

/** A line discipline whose ring holds `data` from `tail` on, with lines ending at these offsets. */
function discipline(data: string, tail: number, ends: number[], heads: { canon?: number; icanon: number }) {
  const made = new MadeDescriptors();
  made.types.struct('n_tty_data', {
    read_head: 'u64',
    commit_head: 'u64',
    canon_head: 'u64',
    lnext: 'u8:1',
    erasing: 'u8:1',
    raw: 'u8:1',
    real_raw: 'u8:1',
    icanon: 'u8:1',
    read_buf: `u8[${RING}]`,
    read_flags: 'u64[64]',
    read_tail: 'u64',
  });
  const head = tail + data.length;
  const at = made.make('n_tty_data', {
    read_head: head,
    commit_head: head - 1,
    canon_head: tail + (heads.canon ?? 0),
    icanon: heads.icanon,
    read_tail: tail,
  });
  for (const [i, c] of [...data].entries())
    made.set(at, 'n_tty_data.read_buf', c.charCodeAt(0), (tail + i) % RING);
  const bits = new Uint8Array(RING / 8);
  for (const place of ends.map((end) => (tail + end) % RING))
    bits[place >>> 3] = (bits[place >>> 3] as number) | (1 << (place & 7));
  made.bytes((at + (made.types.member('n_tty_data.read_flags')?.offset ?? 0)) as Kva, bits);
  return lineInput(made.kernel(), at);
}

describe('a line discipline', () => {
  test.each([0, RING - 3, 5 * RING + 4090])('has what was typed, from %i on around the ring', (tail) => {
    const found = discipline('one\ntwo\nhal', tail, [3, 7], { canon: 8, icanon: 1 });
    expect(text(found.contents)).toBe('one\ntwo\nhal');
    expect(found).toMatchObject({ canonical: true, ready: 8, lineEnds: [3, 7], literalNext: false });
  });

  test('that is raw gives out all that is committed', () => {
    const found = discipline('abc', 0, [], { icanon: 0 });
    expect(found).toMatchObject({ canonical: false, ready: 2, lineEnds: [] });
  });

  test('of nonsense is a fault', () => {
    expect(() => discipline('x'.repeat(5000), 0, [], { icanon: 0 })).toThrow('5000 bytes in a ring of 4096');
  });
});

describe('flip buffers', () => {
  function received(parts: readonly [text: string, read: number][], broken = false): Contents {
    const made = new MadeDescriptors();
    made.types
      .struct(
        'tty_buffer',
        { next: 'ptr', used: 'u32', size: 'u32', commit: 'u32', read: 'u32', data: 'u64[0]' },
        32,
      )
      .struct('tty_bufhead', { head: 'ptr' })
      .struct('tty_port', { before: 'u64', buf: 'tty_bufhead' });
    const { offset } = made.types.member('tty_buffer.data') ?? { offset: 0 };
    const buffers = parts.map(([data, read]) => {
      const buffer = made.alloc(256);
      made.set(buffer, 'tty_buffer.used', broken ? 2 ** 31 : data.length);
      made.set(buffer, 'tty_buffer.read', read);
      made.text((buffer + offset) as Kva, data);
      return buffer;
    });
    for (const [i, buffer] of buffers.entries()) made.set(buffer, 'tty_buffer.next', buffers[i + 1] ?? 0);
    const found = receivedInput(made.kernel(), made.make('tty_port', { 'buf.head': buffers[0] ?? 0 }));
    expect(made.faults.count).toBe(broken ? 1 : 0);
    return found;
  }

  test('hold what was not processed, in order', () => {
    expect(
      text(
        received([
          ['', 0],
          ['seen, unseen', 6],
          ['more', 0],
        ]),
      ),
    ).toBe('unseenmore');
  });

  test('of an impossible size are left out', () => {
    expect(received([['x', 0]], true).bytes).toBe(0);
  });
});

import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { switchTarget } from '../../../../src/parsers/threads/syscall-switch.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const isTarget = (name: string) => name.startsWith('__ia32_sys_');
const HANDLERS = ['__ia32_sys_read', '__ia32_sys_write', '__ia32_sys_open', '__ia32_sys_ni_syscall'];

/** A function of these bytes; `@n` stands for the distance to handler n from behind its four bytes. */
function made(code: readonly (number | `@${number}`)[]) {
  const kernel = new SyntheticKernel();
  const bytes = code.flatMap((each) => (typeof each === 'number' ? [each] : [0, 0, 0, 0]));
  const start = kernel.alloc(256);
  kernel.symbol('ia32_sys_call', start);
  const handlers = HANDLERS.map((name) => {
    const at = kernel.alloc(16);
    kernel.symbol(name, at);
    return at;
  });
  kernel.bytes(start, Uint8Array.from(bytes));
  let at = start;
  for (const each of code) {
    if (typeof each === 'number') at = (at + 1) as Kva;
    else {
      kernel.poke(at, (handlers[Number(each.slice(1))] as Kva) - (at + 4), 4);
      at = (at + 4) as Kva;
    }
  }
  const dead = kernel.kernel();
  const name = (nr: number) => {
    const found = switchTarget(dead, start, nr, isTarget);
    return found === 0 ? null : dead.symbols.nearest(found)?.name;
  };
  return { name };
}

/** endbr64; nopl with a hash in it; cmp $200; ja far; je open; test; je read; cmp $4; je write; jmp ni; far: jmp open */
const TREE = [
  ...[0xf3, 0x0f, 0x1e, 0xfa, 0x0f, 0x1f, 0x40, 0xd6],
  ...[0x81, 0xfe, 200, 0, 0, 0, 0x77, 31, 0x0f, 0x84, '@2'],
  ...[0x85, 0xf6, 0x0f, 0x84, '@0', 0x83, 0xfe, 4, 0x74, 2],
  ...[0xeb, 5, 0xe9, '@1', 0xe9, '@3', 0x90, 0x66, 0x90, 0xe9, '@2'],
] as const;

test('comparisons lead to the handler', () => {
  const { name } = made(TREE);
  expect([0, 4, 200, 3, 5].map(name)).toEqual([
    ...['__ia32_sys_read', '__ia32_sys_write', '__ia32_sys_open'],
    ...['__ia32_sys_ni_syscall', '__ia32_sys_ni_syscall'],
  ]);
  expect(name(201)).toBe('__ia32_sys_open');
});

test('a handler that is called, not jumped to; a call of anything else is passed over', () => {
  const { name } = made([0xe8, 0, 0, 0, 0, 0xe8, '@1']);
  expect(name(0)).toBe('__ia32_sys_write');
});

test('other code, and a loop, lead nowhere', () => {
  expect(made([0x48, 0x89, 0xf8, 0xe9, '@0']).name(0)).toBeNull();
  expect(made([0xeb, 0xfe]).name(0)).toBeNull();
});

import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { userRegisters } from '../../../../src/parsers/threads/registers.js';
import { readSyscall, syscallLine } from '../../../../src/parsers/threads/syscall.js';
import { asleep, MadeThread } from './made-thread.js';

const ARGS = { di: 0xd, si: 0x51, dx: 0xdd, r10: 0x10, r8: 8, r9: 9, ip: 0x401000, sp: 0x7000 };

/** A table of two calls, and what stands behind it. */
function made(handlers = ['__x64_sys_read', '__x64_sys_ni_syscall'], name = 'sys_call_table') {
  const kernel = new MadeThread().thread();
  const addresses = handlers.map((handler) => {
    const at = kernel.alloc(64);
    kernel.symbol(handler, at);
    return at;
  });
  const table = kernel.alloc(handlers.length * 8);
  for (const [n, at] of addresses.entries()) kernel.poke((table + n * 8) as Kva, at);
  kernel.symbol(name, table);
  kernel.symbol('behind', kernel.alloc(8));
  return kernel;
}

function call(kernel: MadeThread) {
  const dead = kernel.kernel();
  return readSyscall(dead, kernel.task, userRegisters(dead, asleep(), kernel.task, null));
}

test('number, arguments, stack pointer and address, as /proc/PID/syscall; the name by the table', () => {
  const kernel = made();
  kernel.enter({ ...ARGS, orig_ax: 0 });
  expect(call(kernel)).toMatchObject({ nr: 0, abi: 'x86-64', name: 'read' });
  expect(syscallLine(call(kernel))).toBe('0 0xd 0x51 0xdd 0x10 0x8 0x9 0x7000 0x401000');
});

test('after an interrupt there is none', () => {
  const kernel = made();
  kernel.enter({ ...ARGS, orig_ax: -1n });
  expect(syscallLine(call(kernel))).toBe('-1 0x7000 0x401000');
});

test('without a stack: no call, at address 0', () => {
  const kernel = made();
  kernel.set(kernel.task, 'task_struct.stack', 0);
  expect(syscallLine(call(kernel))).toBe('-1 0x0 0x0');
});

test('a number beyond the table has no name', () => {
  const kernel = made();
  kernel.enter({ ...ARGS, orig_ax: 2 });
  expect(call(kernel)).toMatchObject({ nr: 2, name: null });
  kernel.enter({ ...ARGS, orig_ax: 0x7fff_ffff });
  expect(call(kernel).name).toBeNull();
});

test('ia32: other registers, of 32 bits, and a table of its own', () => {
  const kernel = made(['__ia32_sys_restart_syscall', '__ia32_compat_sys_ioctl'], 'ia32_sys_call_table');
  kernel.set(kernel.task, 'task_struct.thread_info.status', 2);
  kernel.enter({ ...ARGS, bx: 0xffff_ffff_0000_000bn, cx: 0xc, bp: 0xb9, orig_ax: 1 });
  expect(call(kernel)).toMatchObject({
    ...{ abi: 'ia32', name: 'ioctl', args: ['0xb', '0xc', '0xdd', '0x51', '0xd', '0xb9'] },
  });
});

test('x32: the bit in the number is not part of the index', () => {
  const kernel = made();
  kernel.enter({ ...ARGS, orig_ax: 0x4000_0001 });
  expect(call(kernel)).toMatchObject({ nr: 0x4000_0001, abi: 'x32', name: 'ni_syscall' });
});

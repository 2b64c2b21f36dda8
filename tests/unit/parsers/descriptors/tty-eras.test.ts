import { expect, test } from 'vitest';
import { small, terminalControl, terminalFlags } from '../../../../src/parsers/descriptors/tty-eras.js';
import { MadeDescriptors } from './made-descriptors.js';

test('packet state in bits of one word', () => {
  const made = new MadeDescriptors();
  made.types.struct('tty_struct', {
    session: 'ptr',
    stopped: 'u64:1',
    ctrl_status: '@16 u64:8',
    packet: 'u64:1',
  });
  const tty = made.make('tty_struct', { stopped: 1, ctrl_status: 0xa5, packet: 1 });
  const kernel = made.kernel();
  const { packet, packetStatus, stopped } = kernel.trait(terminalControl);
  expect([packet, packetStatus, stopped].map((path) => small(kernel, tty, path))).toEqual([1, 0xa5, 1]);
});

test('packet state in a struct of its own', () => {
  const made = new MadeDescriptors();
  made.types
    .struct('ctrl', { pgrp: 'ptr', session: 'ptr', pktstatus: 'u8', packet: 'bool' })
    .struct('flow', { stopped: 'bool' })
    .struct('tty_struct', { flow: 'flow', ctrl: 'ctrl' });
  const tty = made.make('tty_struct', { 'ctrl.pktstatus': 0x5a, 'flow.stopped': 1 });
  const kernel = made.kernel();
  const { packet, packetStatus, stopped } = kernel.trait(terminalControl);
  expect([packet, packetStatus, stopped].map((path) => small(kernel, tty, path))).toEqual([0, 0x5a, 1]);
});

test('the lock of a pty, by what the kernel calls its bit', () => {
  const [macros, named] = [new MadeDescriptors(), new MadeDescriptors()];
  named.types.enum({ TTY_PTY_LOCK: 6 });
  expect(macros.kernel().trait(terminalFlags).ptyLock).toBe(16);
  expect(named.kernel().trait(terminalFlags).ptyLock).toBe(6);
});

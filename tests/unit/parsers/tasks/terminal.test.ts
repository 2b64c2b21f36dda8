import { expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readTerminal } from '../../../../src/parsers/tasks/terminal.js';
import { MadeTasks, type TaskEra } from './made-tasks.js';

function terminal(era: TaskEra, driver: { name: string; major: number; minor: number }, index: number) {
  const made = new MadeTasks(era);
  made.types
    .struct('tty_driver', { name: 'ptr', major: 'i32', minor_start: 'i32' })
    .struct('tty_ctrl', { pgrp: 'ptr', session: 'ptr' })
    .struct('tty_struct', {
      driver: 'ptr',
      index: 'i32',
      name: 'char[64]',
      ...(era === '5.10' ? { pgrp: 'ptr' } : { ctrl: 'tty_ctrl' }),
    });
  const name = made.alloc(16);
  made.text(name, driver.name);
  const drives = made.make('tty_driver', { name, major: driver.major, minor_start: driver.minor });
  const tty = made.make('tty_struct', { driver: drives, index, name: `${driver.name}${index}` });
  made.set(tty, `tty_struct.${era === '5.10' ? 'pgrp' : 'ctrl.pgrp'}`, made.pid([[77, made.namespace]]));
  return readTerminal(made.kernel(), tty);
}

test.each(['5.10', '7.2'] as const)('a pty of %s, with its foreground group', (era) => {
  expect(terminal(era, { name: 'pts', major: 136, minor: 0 }, 3)).toEqual({
    ttyNr: 34819,
    tty: 'pts/3',
    tpgid: 77,
  });
});

test('minor numbers beyond 255 stand apart in tty_nr', () => {
  expect(terminal('7.2', { name: 'ttyX', major: 4, minor: 64 }, 256).ttyNr).toBe((4 << 8) | 64 | (1 << 20));
});

test('none', () => {
  expect(readTerminal(new MadeTasks('7.2').kernel(), 0 as Kva)).toEqual({ ttyNr: 0, tty: null, tpgid: -1 });
});

// The controlling terminal: signal->tty, as tty_nr and tpgid of /proc/PID/stat (fs/proc/array.c do_task_stat()).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { pidNumber } from './ids.js';

export interface Terminal {
  readonly ttyNr: number;
  readonly tty: string | null;
  readonly tpgid: number;
}

export const NO_TERMINAL: Terminal = { ttyNr: 0, tty: null, tpgid: -1 };

const TTY = { driver: 'driver', index: 'index', name: 'name' } as const;
const DRIVER = { name: 'name', major: 'major', minor: 'minor_start' } as const;
const NEW = { pgrp: 'ctrl.pgrp' } as const;
const OLD = { pgrp: 'pgrp' } as const;
const MAX_NAME = 64;

export const terminalGroup: Trait<(kernel: Kernel, tty: Kva) => Kva> = {
  name: 'terminal process group',
  eras: [
    {
      name: 'ctrl.pgrp',
      since: '5.14',
      commit: '64d608db38ff',
      evidence: 'tty_struct.ctrl.pgrp',
      probe: hasMember('tty_struct.ctrl.pgrp'),
      reader: (kernel, tty) => kernel.mem.ptr(tty, kernel.layout('tty_struct', NEW).pgrp),
    },
    {
      name: 'pgrp',
      since: '2.6',
      commit: null,
      evidence: 'tty_struct.pgrp',
      probe: hasMember('tty_struct.pgrp'),
      reader: (kernel, tty) => kernel.mem.ptr(tty, kernel.layout('tty_struct', OLD).pgrp),
    },
  ],
};

export function readTerminal(kernel: Kernel, tty: Kva): Terminal {
  if (tty === NULL) return NO_TERMINAL;
  const { mem } = kernel;
  const at = kernel.layout('tty_struct', TTY);
  const of = kernel.layout('tty_driver', DRIVER);
  const driver = mem.ptr(tty, at.driver);
  const index = mem.i32(tty, at.index);
  const minor = mem.i32(driver, of.minor) + index;
  return {
    ttyNr: encodeDevice(mem.i32(driver, of.major), minor),
    tty: nameOf(mem.cstr(mem.ptr(driver, of.name), 0, MAX_NAME), index, mem.cstr(tty, at.name, MAX_NAME)),
    tpgid: pidNumber(kernel, kernel.trait(terminalGroup)(kernel, tty)),
  };
}

/** The slaves of UNIX 98 ptys are files in devpts, named by their number. */
function nameOf(driver: string, index: number, own: string): string {
  return driver === 'pts' ? `pts/${index}` : own;
}

/** new_encode_dev() of MKDEV(major, minor). */
function encodeDevice(major: number, minor: number): number {
  return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

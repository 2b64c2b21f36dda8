// Files of terminals: struct tty_file_private leads to the tty (drivers/tty/tty_io.c).

import { NULL } from '../../base/address.js';
import type { TtyDetail } from '../../snapshot/descriptor.js';
import { type Opened, privateData } from './open-object.js';

const FILE_PRIVATE = { tty: 'tty' } as const;
const TTY = { driver: 'driver', index: 'index' } as const;
const DRIVER = { name: 'driver_name' } as const;
const MAX_NAME = 64;
/** Driver of the master sides: /dev/ptmx. */
export const PTY_MASTER = 'pty_master';

/** Null where the terminal has been hung up. */
export function readTtyFile(opened: Opened): TtyDetail | null {
  const { kernel } = opened;
  const { mem } = kernel;
  const at = privateData(opened);
  const tty = at === NULL ? NULL : mem.ptr(at, kernel.layout('tty_file_private', FILE_PRIVATE).tty);
  if (tty === NULL) return null;
  const of = kernel.layout('tty_struct', TTY);
  const name = mem.ptr(mem.ptr(tty, of.driver), kernel.layout('tty_driver', DRIVER).name);
  return {
    kind: 'tty',
    address: mem.hex(tty),
    driver: name === NULL ? '' : mem.cstr(name, 0, MAX_NAME),
    index: mem.i32(tty, of.index),
  };
}

/** Only the master side of a UNIX 98 pty tells: show_fdinfo of ptm_unix98_ops. */
export function* ttyInfo({ driver, index }: TtyDetail): Generator<string> {
  if (driver === PTY_MASTER) yield `tty-index:\t${index}`;
}

// A terminal: struct tty_struct with its driver, termios, window, session and input. Mirrors drivers/tty/tty_io.c, pty.c.

import { type Kva, NULL } from '../../base/address.js';
import { contents } from '../../snapshot/bytes.js';
import type { LineInput, Terminal, Termios } from '../../snapshot/terminal.js';
import type { Kernel } from '../kernel/kernel.js';
import { pidNumber } from '../tasks/ids.js';
import { terminalGroup } from '../tasks/terminal.js';
import { pointerAt, small, terminalControl, terminalFlags } from './tty-eras.js';
import { lineInput, receivedInput } from './tty-input.js';

const TTY = {
  driver: 'driver',
  index: 'index',
  name: 'name',
  port: 'port',
  discipline: 'ldisc',
  disciplineData: 'disc_data',
  termios: 'termios',
  rows: 'winsize.ws_row',
  columns: 'winsize.ws_col',
  xPixels: 'winsize.ws_xpixel',
  yPixels: 'winsize.ws_ypixel',
  flags: 'flags',
  opens: 'count',
  link: 'link',
} as const;
const DRIVER = { driverName: 'driver_name', name: 'name', major: 'major', minor: 'minor_start' } as const;
const TERMIOS = {
  iflag: 'c_iflag',
  oflag: 'c_oflag',
  cflag: 'c_cflag',
  lflag: 'c_lflag',
  line: 'c_line',
  cc: 'c_cc',
  ispeed: 'c_ispeed',
  ospeed: 'c_ospeed',
} as const;
const DISCIPLINE = { operations: 'ops' } as const;
const OPERATIONS = { number: 'num' } as const;
const MAX_NAME = 64;
const NCCS = 19;
const N_TTY = 0;

export function readTty(kernel: Kernel, tty: Kva): Terminal {
  const { mem, faults } = kernel;
  const at = kernel.layout('tty_struct', TTY);
  const control = kernel.trait(terminalControl);
  const flags = mem.u32(tty, at.flags);
  const bits = kernel.trait(terminalFlags);
  const isSet = (bit: number) => ((flags >>> bit) & 1) === 1;
  const link = mem.ptr(tty, at.link);
  const discipline = faults.guard('ldisc', () => disciplineOf(kernel, mem.ptr(tty, at.discipline)), -1);
  return {
    address: mem.hex(tty),
    ...identity(kernel, tty),
    other: link === NULL ? null : mem.hex(link),
    termios: readTermios(kernel, (tty + at.termios) as Kva),
    rows: mem.u16(tty, at.rows),
    columns: mem.u16(tty, at.columns),
    xPixels: mem.u16(tty, at.xPixels),
    yPixels: mem.u16(tty, at.yPixels),
    discipline,
    session: faults.guard('session', () => pidNumber(kernel, pointerAt(kernel, tty, control.session)), 0),
    foreground: faults.guard('pgrp', () => pidNumber(kernel, kernel.trait(terminalGroup)(kernel, tty)), 0),
    opens: mem.i32(tty, at.opens),
    stopped: small(kernel, tty, control.stopped) !== 0,
    exclusive: isSet(bits.exclusive),
    hungUp: isSet(bits.hungUp),
    otherClosed: isSet(bits.otherClosed),
    locked: isSet(bits.ptyLock),
    packet: small(kernel, tty, control.packet) !== 0,
    packetStatus: small(kernel, tty, control.packetStatus),
    input: faults.guard('n_tty', () => inputOf(kernel, mem.ptr(tty, at.disciplineData), discipline), null),
    received: faults.guard(
      'flip buffers',
      () => receivedInput(kernel, mem.ptr(tty, at.port)),
      contents(NOTHING),
    ),
  };
}

const NOTHING = new Uint8Array(0);

function identity(kernel: Kernel, tty: Kva): Pick<Terminal, 'name' | 'driver' | 'major' | 'minor' | 'index'> {
  const { mem } = kernel;
  const at = kernel.layout('tty_struct', TTY);
  const driver = mem.ptr(tty, at.driver);
  const of = kernel.layout('tty_driver', DRIVER);
  const text = (offset: number) => {
    const pointer = mem.ptr(driver, offset);
    return pointer === NULL ? '' : mem.cstr(pointer, 0, MAX_NAME);
  };
  const index = mem.i32(tty, at.index);
  return {
    // The slaves of UNIX 98 ptys are files in devpts, named by their number.
    name: text(of.name) === 'pts' ? `pts/${index}` : mem.cstr(tty, at.name, MAX_NAME),
    driver: text(of.driverName),
    major: mem.i32(driver, of.major),
    minor: mem.i32(driver, of.minor) + index,
    index,
  };
}

function readTermios(kernel: Kernel, termios: Kva): Termios {
  const { mem } = kernel;
  const at = kernel.layout('ktermios', TERMIOS);
  return {
    iflag: mem.u32(termios, at.iflag),
    oflag: mem.u32(termios, at.oflag),
    cflag: mem.u32(termios, at.cflag),
    lflag: mem.u32(termios, at.lflag),
    line: mem.u8(termios, at.line),
    cc: Buffer.from(mem.bytes(termios, NCCS, at.cc)).toString('hex'),
    ispeed: mem.u32(termios, at.ispeed),
    ospeed: mem.u32(termios, at.ospeed),
  };
}

/** -1 while there is none: the terminal is being opened or hung up. */
function disciplineOf(kernel: Kernel, discipline: Kva): number {
  if (discipline === NULL) return -1;
  const operations = kernel.mem.ptr(discipline, kernel.layout('tty_ldisc', DISCIPLINE).operations);
  return kernel.mem.i32(operations, kernel.layout('tty_ldisc_ops', OPERATIONS).number);
}

function inputOf(kernel: Kernel, data: Kva, discipline: number): LineInput | null {
  return discipline === N_TTY && data !== NULL ? lineInput(kernel, data) : null;
}

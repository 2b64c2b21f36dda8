// Terminals as plain data: struct tty_struct, its line discipline and buffers (drivers/tty/). A pty is two of them, that
// know each other by `other`.

import type { Hex } from '../base/address.js';
import type { Contents } from './bytes.js';

/** struct ktermios, flags as stty -g prints them. */
export interface Termios {
  readonly iflag: number;
  readonly oflag: number;
  readonly cflag: number;
  readonly lflag: number;
  readonly line: number;
  /** c_cc[], two hex digits each. */
  readonly cc: string;
  /** In bits a second. */
  readonly ispeed: number;
  readonly ospeed: number;
}

/** What N_TTY, the line discipline of most, has taken in and nobody has read: struct n_tty_data (drivers/tty/n_tty.c). */
export interface LineInput {
  readonly contents: Contents;
  /** Whole lines only are given to readers. */
  readonly canonical: boolean;
  /** Bytes that read(2) can have: up to the end of the last whole line where canonical. */
  readonly ready: number;
  /** Offsets in `contents` of the characters that end a line; an end of file is one of these too, and is a NUL. */
  readonly lineEnds: readonly number[];
  /** The next character is to be taken literally (after VLNEXT). */
  readonly literalNext: boolean;
}

export interface Terminal {
  /** struct tty_struct. */
  readonly address: Hex;
  /** `pts/3`, `ptm3` (its master side), `ttyS0`, `tty1`. */
  readonly name: string;
  /** `pty_slave`, `pty_master`, `serial`, `console`. */
  readonly driver: string;
  readonly major: number;
  readonly minor: number;
  readonly index: number;
  /** The other side of a pty: input of one is output of the other. */
  readonly other: Hex | null;
  readonly termios: Termios;
  readonly rows: number;
  readonly columns: number;
  readonly xPixels: number;
  readonly yPixels: number;
  /** N_TTY is 0. */
  readonly discipline: number;
  /** Whose controlling terminal it is; 0 for nobody's. */
  readonly session: number;
  readonly foreground: number;
  /** How often it is open. */
  readonly opens: number;
  /** Output is held by XOFF (^S). */
  readonly stopped: boolean;
  /** TIOCEXCL. */
  readonly exclusive: boolean;
  readonly hungUp: boolean;
  /** Master side: all descriptors of the other side are closed; and the other way round. */
  readonly otherClosed: boolean;
  /** Master side: the slave cannot be opened yet (TIOCSPTLCK). */
  readonly locked: boolean;
  /** Master side: packet mode (TIOCPKT), and what has happened since the last packet (TIOCPKT_*). */
  readonly packet: boolean;
  readonly packetStatus: number;
  /** Null where another line discipline than N_TTY is set. */
  readonly input: LineInput | null;
  /** Received and not yet seen by the line discipline: flip buffers of struct tty_port. */
  readonly received: Contents;
}

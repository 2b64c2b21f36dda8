// Settings of a terminal as stty names them, those that are on (include/uapi/asm-generic/termbits.h).
import type { Termios } from '../../snapshot/terminal.js';

type Names = Readonly<Record<number, string>>;

const IFLAG: Names = {
  1: 'ignbrk',
  2: 'brkint',
  4: 'ignpar',
  8: 'parmrk',
  16: 'inpck',
  32: 'istrip',
  64: 'inlcr',
  128: 'igncr',
  256: 'icrnl',
  512: 'iuclc',
  1024: 'ixon',
  2048: 'ixany',
  4096: 'ixoff',
  8192: 'imaxbel',
  16384: 'iutf8',
};
const OFLAG: Names = { 1: 'opost', 2: 'olcuc', 4: 'onlcr', 8: 'ocrnl', 16: 'onocr', 32: 'onlret' };
const LFLAG: Names = {
  1: 'isig',
  2: 'icanon',
  8: 'echo',
  16: 'echoe',
  32: 'echok',
  64: 'echonl',
  128: 'noflsh',
  256: 'tostop',
  512: 'echoctl',
  1024: 'echoprt',
  2048: 'echoke',
  4096: 'flusho',
  16384: 'pendin',
  32768: 'iexten',
};
const SIZES = ['cs5', 'cs6', 'cs7', 'cs8'] as const;

/** `speed 38400 cs8 icrnl ixon opost …  iflag=500 …`. */
export function termiosText({ iflag, oflag, cflag, lflag, ospeed, cc }: Termios): string {
  const on = [...named(iflag, IFLAG), ...named(oflag, OFLAG), ...named(lflag, LFLAG)].join(' ');
  const raw = [iflag, oflag, cflag, lflag].map((flags) => flags.toString(16)).join(':');
  return `speed ${ospeed} ${SIZES[(cflag >>> 4) & 3]} ${on}  ${raw} cc ${cc}`;
}

function named(flags: number, names: Names): string[] {
  return Object.entries(names)
    .filter(([bit]) => (flags & Number(bit)) !== 0)
    .map(([, name]) => name);
}

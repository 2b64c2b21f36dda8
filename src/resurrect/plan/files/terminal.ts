// Terminals: struct tty_struct, its line discipline and buffers (drivers/tty/). A pty is two, that know each other.

import type { Hex } from '../../../base/address.js';
import type { Terminal } from '../../../snapshot/terminal.js';
import { type Terminal as Row, TERMINAL_FLAG, TERMINAL_KIND } from '../../abi/records/files.js';
import { REFUSED_KIND } from '../../abi/records/refusals.js';
import type { Planning } from '../planning.js';
import type { ResourceName } from '../resources.js';
import { bytesOf, hexBytes, missingBytes } from './contents.js';
import { openFilesOf } from './open-files.js';

const KINDS: Readonly<Record<string, Row['kind']>> = {
  pty_master: TERMINAL_KIND.pty_master,
  pty_slave: TERMINAL_KIND.pty_slave,
};
/** Of the field: NCCS is 19 in the kernel. */
const CC_BYTES = 24;
const SIXTEEN_BITS = 0xffff;

/** Index of the terminal in the plan, or of that side of a pty; the other side comes along. Null where it is unknown. */
export function planTerminal(planning: Planning, address: Hex): number | null {
  const tty = planning.index.terminals.get(address);
  if (tty === undefined) return null;
  return planning.tables.terminal.ref(address, (index) => {
    refuse(planning, tty, index);
    return terminalRow(planning, tty);
  });
}

function terminalRow(planning: Planning, tty: Terminal): Row {
  const { iflag, oflag, cflag, lflag, cc, ispeed, ospeed } = tty.termios;
  const { input } = tty;
  const kind = KINDS[tty.driver] ?? TERMINAL_KIND.device;
  return {
    kind,
    index: tty.index,
    name: kind === TERMINAL_KIND.pty_master ? 'ptmx' : tty.name,
    other: tty.other === null ? null : planTerminal(planning, tty.other),
    flags: flagsOf(tty),
    ...{ iflag, oflag, cflag, lflag, cc: padded(hexBytes(cc)), inputSpeed: ispeed, outputSpeed: ospeed },
    discipline: tty.discipline,
    rows: tty.rows & SIXTEEN_BITS,
    columns: tty.columns & SIXTEEN_BITS,
    xPixels: tty.xPixels & SIXTEEN_BITS,
    yPixels: tty.yPixels & SIXTEEN_BITS,
    session: Math.max(0, tty.session),
    foreground: Math.max(0, tty.foreground),
    packetStatus: tty.packetStatus,
    ready: input?.ready ?? 0,
    input: input === null ? new Uint8Array(0) : bytesOf(input.contents),
    received: bytesOf(tty.received),
    lineEnds: (input?.lineEnds ?? []).map((offset) => ({ offset })),
  };
}

function padded(cc: Uint8Array): Uint8Array {
  const field = new Uint8Array(CC_BYTES);
  field.set(cc.subarray(0, CC_BYTES));
  return field;
}

function flagsOf(tty: Terminal): number {
  const { stopped, exclusive, hungUp, locked, packet, input, otherClosed } = tty;
  const bits: readonly (readonly [boolean, number])[] = [
    [stopped, TERMINAL_FLAG.stopped],
    [exclusive, TERMINAL_FLAG.exclusive],
    [hungUp, TERMINAL_FLAG.hung_up],
    [locked, TERMINAL_FLAG.locked],
    [packet, TERMINAL_FLAG.packet],
    [input?.literalNext === true, TERMINAL_FLAG.literal_next],
    [otherClosed, TERMINAL_FLAG.other_closed],
  ];
  return bits.reduce((flags, [set, bit]) => (set ? flags | bit : flags), 0);
}

/** Those of the plan that have it open, or whose controlling terminal it is. */
function users(planning: Planning, { address, major, minor }: Terminal): number[] {
  const open = openFilesOf(planning.index, address).flatMap((file) => planning.holders(file.address));
  const controlled = planning.pids.filter((pid) => {
    const number = planning.index.leader(pid)?.ttyNr ?? 0;
    return number !== 0 && number === ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12));
  });
  return [...open, ...planning.indices(controlled)];
}

function refuse(planning: Planning, tty: Terminal, object: number): void {
  const { name, input, received, driver, other, discipline } = tty;
  const add = (resource: ResourceName, why: string) =>
    planning.refusals.add(resource, {
      reason: `${name}: ${why}`,
      kind: REFUSED_KIND.terminal,
      object,
      processes: users(planning, tty),
    });
  if (input === null) add('line_discipline', `its line discipline (${discipline}) is not N_TTY`);
  const missing = (input === null ? 0 : missingBytes(input.contents)) + missingBytes(received);
  if (missing > 0) add('terminal', `${missing} bytes of its input could not be read`);
  if (driver === 'console') add('console_screen', 'what is on the screen is not planned');
  if (driver === 'pty_slave' && other !== null && !hasHolder(planning, other))
    add('pty_master', 'nobody in the plan has its master side: it is as one that was hung up');
}

function hasHolder(planning: Planning, terminal: Hex): boolean {
  return openFilesOf(planning.index, terminal).some(({ address }) => planning.holders(address).length > 0);
}

// Where a tty keeps its session and packet state (include/linux/tty.h).

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';

/** Paths of members, some of which are bit-fields. */
interface ControlPaths {
  readonly session: string;
  readonly packet: string;
  readonly packetStatus: string;
  readonly stopped: string;
}

export const terminalControl: Trait<ControlPaths> = {
  name: 'terminal control',
  eras: [
    {
      name: 'structs ctrl and flow',
      since: '5.13',
      commit: '64d608db38ff',
      evidence: 'tty_struct.ctrl.packet',
      probe: hasMember('tty_struct.ctrl.packet'),
      reader: {
        session: 'tty_struct.ctrl.session',
        packet: 'tty_struct.ctrl.packet',
        packetStatus: 'tty_struct.ctrl.pktstatus',
        stopped: 'tty_struct.flow.stopped',
      },
    },
    {
      name: 'bits',
      since: '3.18',
      commit: null,
      evidence: 'tty_struct.ctrl_status',
      probe: hasMember('tty_struct.ctrl_status'),
      reader: {
        session: 'tty_struct.session',
        packet: 'tty_struct.packet',
        packetStatus: 'tty_struct.ctrl_status',
        stopped: 'tty_struct.stopped',
      },
    },
  ],
};

/** Bit numbers in tty_struct.flags. */
interface FlagBits {
  readonly otherClosed: number;
  readonly exclusive: number;
  readonly ptyLock: number;
  readonly hungUp: number;
}

export const terminalFlags: Trait<FlagBits> = {
  name: 'terminal flags',
  eras: [
    {
      name: 'enum tty_struct_flags',
      since: '6.15',
      commit: 'a72f418703b5',
      evidence: 'TTY_PTY_LOCK is an enumerator',
      probe: (types) => types.enumerator('TTY_PTY_LOCK') === 6,
      reader: { otherClosed: 2, exclusive: 3, ptyLock: 6, hungUp: 8 },
    },
    {
      name: 'macros',
      since: '2.6',
      commit: null,
      evidence: 'TTY_PTY_LOCK is none',
      probe: (types) => types.enumerator('TTY_PTY_LOCK') === undefined,
      reader: { otherClosed: 2, exclusive: 3, ptyLock: 16, hungUp: 18 },
    },
  ],
};

/** A small member by its path, a bit-field or a whole byte. */
export function small(kernel: Kernel, object: Kva, path: string): number {
  const member = kernel.types.member(path);
  if (member === undefined) return 0;
  const byte = kernel.mem.u8(object, member.offset);
  if (member.bits === null) return byte;
  const { offset, width } = member.bits;
  const next = offset + width > 8 ? kernel.mem.u8(object, member.offset + 1) : 0;
  return ((byte | (next << 8)) >>> offset) & (2 ** width - 1);
}

export function pointerAt(kernel: Kernel, object: Kva, path: string): Kva {
  const member = kernel.types.member(path);
  return member === undefined ? NULL : kernel.mem.ptr(object, member.offset);
}

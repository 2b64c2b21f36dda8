// ELF notes: name, type and bytes, each padded to four. In a vmcore: CORE (prstatus of each CPU), QEMU (its own CPU
// state), VMCOREINFO.

import type { FaultRecord } from '../../base/fault.js';
import type { Note } from './image.js';
import { truncated } from './segment-image.js';

export interface NoteRead {
  readonly notes: Note[];
  readonly faults: FaultRecord[];
}

const HEADER_BYTES = 12;
/** Only the kernel's dump of a process writes these. */
const NT_AUXV = 6;
const NT_FILE = 0x4649_4c45;

/** `offset`: where `bytes` are in the file, for faults. */
export function readNotes(bytes: Buffer, offset: number, path: string): NoteRead {
  const notes: Note[] = [];
  const faults: FaultRecord[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const nameBytes = bytes.readUInt32LE(at);
    const descBytes = bytes.readUInt32LE(at + 4);
    const type = bytes.readUInt32LE(at + 8);
    // The kernel ends a CPU's notes with an empty one; /proc/vmcore pads them with zeroes.
    if (nameBytes === 0 && descBytes === 0 && type === 0) {
      at += HEADER_BYTES;
      continue;
    }
    const name = at + HEADER_BYTES;
    const desc = name + padded(nameBytes);
    if (desc + descBytes > bytes.length) {
      faults.push(truncated(offset + at, `${path}: an ELF note reaches behind the end of the notes`));
      break;
    }
    const text = bytes.toString('latin1', name, name + nameBytes).replace(/\0.*$/s, '');
    notes.push({ name: text, type, desc: bytes.subarray(desc, desc + descBytes) });
    at = desc + padded(descBytes);
  }
  return { notes, faults };
}

export function isProcessCore(notes: readonly Note[]): boolean {
  return notes.some(({ name, type }) => name === 'CORE' && (type === NT_AUXV || type === NT_FILE));
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

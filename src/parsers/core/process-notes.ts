// Notes of a core file about the process as a whole: NT_PRPSINFO, NT_AUXV, NT_FILE (fs/binfmt_elf.c fill_psinfo(),
// fill_auxv_note(), fill_files_note(); include/linux/elfcore.h).

import { elfNote } from '../../base/elf-core.js';
import { bytesOfText } from '../../base/text.js';
import type { Vma } from '../../snapshot/mm.js';
import type { ProcessDetail, Task } from '../../snapshot/task.js';

const NT_PRPSINFO = 3;
const NT_AUXV = 6;
const NT_FILE = 0x46494c45;
const PSINFO_BYTES = 136;
const NAME_BYTES = 15;
const ARGUMENT_BYTES = 79;
const PAGE_BYTES = 4096;
const STATES = 'RSDTZW';

export function psinfoNote(task: Task, { cmdline }: ProcessDetail): Buffer {
  const out = Buffer.alloc(PSINFO_BYTES);
  const state = STATES.indexOf(task.state);
  out[0] = Math.max(0, state);
  out.write(state < 0 ? '.' : task.state, 1, 'latin1');
  out[2] = task.state === 'Z' ? 1 : 0;
  out.writeInt8(task.nice, 3);
  out.writeBigUInt64LE(BigInt(task.flags >>> 0), 8);
  out.writeUInt32LE(task.credentials?.uid ?? 0, 16);
  out.writeUInt32LE(task.credentials?.gid ?? 0, 20);
  for (const [i, id] of [task.pid, task.ppid, task.pgid, task.sid].entries())
    out.writeInt32LE(id, 24 + i * 4);
  out.set(bytesOfText(task.comm).subarray(0, NAME_BYTES), 40);
  out.set(bytesOfText(cmdline.join(' ')).subarray(0, ARGUMENT_BYTES), 56);
  return elfNote('CORE', NT_PRPSINFO, out);
}

/** With the AT_NULL at its end. */
export function auxvNote({ auxv }: ProcessDetail): Buffer {
  const words = [...auxv.flatMap(([type, value]) => [BigInt(type), BigInt(value)]), 0n, 0n];
  return elfNote('CORE', NT_AUXV, longs(words));
}

/** Which file each mapping is of. */
export function fileNote(vmas: readonly Vma[]): Buffer {
  const mapped = vmas.filter(({ file }) => file !== null);
  const extents = mapped.flatMap(({ start, end, offset }) => [start, end, Math.floor(offset / PAGE_BYTES)]);
  const names = mapped.map(({ name }) => `${name}\0`).join('');
  const head = longs([mapped.length, PAGE_BYTES, ...extents].map(BigInt));
  return elfNote('CORE', NT_FILE, Buffer.concat([head, bytesOfText(names)]));
}

function longs(words: readonly bigint[]): Buffer {
  const out = Buffer.alloc(words.length * 8);
  for (const [i, word] of words.entries()) out.writeBigUInt64LE(BigInt.asUintN(64, word), i * 8);
  return out;
}

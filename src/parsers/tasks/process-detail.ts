// What is known of a process as a whole: its files' paths, and what its own memory says of how it was started.

import type { Hex } from '../../base/address.js';
import { textOfBytes } from '../../base/text.js';
import type { Mm } from '../../snapshot/mm.js';
import type { ProcessDetail, Task } from '../../snapshot/task.js';
import { fsPaths } from '../fs/task-paths.js';
import type { Kernel } from '../kernel/kernel.js';
import type { UserMemory } from '../mm/user-memory.js';
import { commandLine, environment } from './arguments.js';

const MM = { auxv: 'saved_auxv' } as const;
const AT_NULL = 0;
const PAIR = 16;

/** `memory` is the process's own, null where it has none. What lies in it is read when it is asked for. */
export function processDetail(kernel: Kernel, task: Task, memory: UserMemory | null): ProcessDetail {
  const { faults } = kernel;
  return faults.within(`task ${task.tid}`, () => {
    const list = (name: string, read: (user: UserMemory) => Uint8Array) =>
      faults.later(() => (memory === null ? [] : faults.guard(name, () => strings(read(memory)), [])));
    const cmdline = list('cmdline', commandLine);
    const environ = list('environ', environment);
    return {
      pid: task.pid,
      ...fsPaths(kernel, kernel.mem.fromHex(task.address)),
      get cmdline() {
        return cmdline();
      },
      get environ() {
        return environ();
      },
      auxv: memory === null ? [] : faults.guard('auxv', () => auxiliaryVector(kernel, memory.mm), []),
    };
  });
}

/** mm->saved_auxv, whose size differs by era and architecture options; it ends with AT_NULL. */
function auxiliaryVector(kernel: Kernel, mm: Mm): [number, Hex][] {
  const { mem } = kernel;
  const base = mem.fromHex(mm.address);
  const at = kernel.layout('mm_struct', MM).auxv;
  const size = kernel.types.member('mm_struct.saved_auxv')?.size ?? 0;
  const found: [number, Hex][] = [];
  for (let offset = at; offset < at + size; offset += PAIR) {
    const type = mem.nat(base, offset);
    if (type === AT_NULL) break;
    found.push([type, `0x${mem.u64(base, offset + 8).toString(16)}`]);
  }
  return found;
}

/** Split at NULs; the last one ends the last string. */
function strings(bytes: Uint8Array): string[] {
  if (bytes.length === 0) return [];
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  return textOfBytes(bytes.subarray(0, end)).split('\0');
}

// The bytes of /proc/PID/cmdline and /proc/PID/environ. Mirrors get_mm_cmdline() and environ_read() in fs/proc/base.c.

import type { UserMemory } from '../mm/user-memory.js';

const PAGE_BYTES = 4096;
/** A third of the stack limit's ceiling: execve takes no more than 6 MiB of strings. */
const MAX_BYTES = 8 << 20;
const NONE = new Uint8Array(0);

export function commandLine(memory: UserMemory): Uint8Array {
  const { argStart, argEnd } = memory.mm;
  if (argStart >= argEnd) return NONE;
  const last = anonymous(memory, argEnd - 1, 1);
  if (last.length === 1 && last[0] !== 0) return title(memory, argStart);
  return anonymous(memory, argStart, argEnd - argStart);
}

/**
 * A process that wrote over the end of its arguments (setproctitle) shows one string instead: up to the first NUL,
 * which may lie in what was its environment, within a page.
 */
function title(memory: UserMemory, start: number): Uint8Array {
  const bytes = anonymous(memory, start, PAGE_BYTES);
  const nul = bytes.indexOf(0);
  return nul < 0 ? bytes : bytes.subarray(0, nul + 1);
}

export function environment(memory: UserMemory): Uint8Array {
  const { envStart, envEnd } = memory.mm;
  return envEnd <= envStart ? NONE : anonymous(memory, envStart, envEnd - envStart);
}

/** FOLL_ANON: only anonymous memory is read, up to the first page that is not there. */
function anonymous(memory: UserMemory, start: number, length: number): Uint8Array {
  const first = memory.vmaAt(start);
  if (first === undefined || !first.anonymous) return NONE;
  let end = first.end;
  while (end < start + length) {
    const next = memory.vmaAt(end);
    if (next === undefined || !next.anonymous) break;
    end = next.end;
  }
  return memory.readUpTo(start, Math.min(length, end - start, MAX_BYTES));
}

// Resource limits: signal_struct.rlim, and as the text of /proc/PID/limits. Mirrors proc_pid_limits() in
// fs/proc/base.c.

import type { Kva } from '../../base/address.js';
import type { Limit, Resource } from '../../snapshot/limits.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';

const SIGNAL = { limits: 'rlim' } as const;
const RLIMIT = { soft: 'rlim_cur', hard: 'rlim_max' } as const;
/** RLIM_INFINITY. */
const INFINITE = 0xffff_ffff_ffff_ffffn;

/** By RLIMIT_*: the name, what /proc calls it, and its unit there. */
const RESOURCES: readonly (readonly [Resource, string, string])[] = [
  ['CPU', 'Max cpu time', 'seconds'],
  ['FSIZE', 'Max file size', 'bytes'],
  ['DATA', 'Max data size', 'bytes'],
  ['STACK', 'Max stack size', 'bytes'],
  ['CORE', 'Max core file size', 'bytes'],
  ['RSS', 'Max resident set', 'bytes'],
  ['NPROC', 'Max processes', 'processes'],
  ['NOFILE', 'Max open files', 'files'],
  ['MEMLOCK', 'Max locked memory', 'bytes'],
  ['AS', 'Max address space', 'bytes'],
  ['LOCKS', 'Max file locks', 'locks'],
  ['SIGPENDING', 'Max pending signals', 'signals'],
  ['MSGQUEUE', 'Max msgqueue size', 'bytes'],
  ['NICE', 'Max nice priority', ''],
  ['RTPRIO', 'Max realtime priority', ''],
  ['RTTIME', 'Max realtime timeout', 'us'],
];

export function readLimits(kernel: Kernel, signal: Kva): Limit[] {
  const array = kernel.layout('signal_struct', SIGNAL).limits;
  const at = kernel.layout('rlimit', RLIMIT);
  const size = kernel.sizeOf('rlimit');
  const value = (offset: number): Wide | null => {
    const raw = kernel.mem.u64(signal, offset);
    return raw === INFINITE ? null : wide(raw);
  };
  return RESOURCES.map((each, i) => {
    const base = array + i * size;
    return { resource: each[0], soft: value(base + at.soft), hard: value(base + at.hard) };
  });
}

/** /proc/PID/limits, byte for byte. */
export function limitsText(limits: readonly Limit[]): string {
  const row = (name: string, soft: string, hard: string) =>
    `${name.padEnd(25)} ${soft.padEnd(20)} ${hard.padEnd(20)} `;
  const text = (value: Wide | null) => (value === null ? 'unlimited' : String(value));
  const lines = RESOURCES.map(([resource, name, unit]) => {
    const limit = limits.find((each) => each.resource === resource);
    if (limit === undefined) return '';
    return `${row(name, text(limit.soft), text(limit.hard))}${unit === '' ? '' : unit.padEnd(10)}\n`;
  });
  return `${row('Limit', 'Soft Limit', 'Hard Limit')}${'Units'.padEnd(10)}\n${lines.join('')}`;
}

/** Unit of a resource for people: `bytes`, `seconds`; empty where it is a bare number. */
export function limitUnit(resource: Resource): string {
  return RESOURCES.find(([name]) => name === resource)?.[2] ?? '';
}

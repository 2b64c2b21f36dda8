// From the two passes of the recorder to truth.json.

import { createHash } from 'node:crypto';
import { textOfBytes } from '../base/text.js';
import { encodePages, type FrameReader, type RawPages } from './pages.js';
import type { Pass, Recording } from './stream.js';
import {
  type Bytes,
  type FdStat,
  type KallsymsTruth,
  type KmsgRecord,
  type MachineTruth,
  type ProcessTruth,
  type TaskTruth,
  TRUTH_FORMAT,
  TRUTH_VERSION,
  type Truth,
} from './truth.js';
import { findUnstable, unstableByEnd } from './unstable.js';

const SAMPLE = 2000;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Files too large for truth.json, or told there in another form. */
const ELSEWHERE = /^s\/(proc\/kallsyms|sys\/kernel\/btf\/)/;

/** Folders of keys whose rest is an absolute path. */
const PATHS = new Set(['s', 'cached']);

export function toBytes(data: Buffer): Bytes {
  try {
    return decoder.decode(data);
  } catch {
    return { base64: data.toString('base64') };
  }
}

export function makeKallsyms(text: string): KallsymsTruth {
  const lines = text.split('\n').filter(Boolean);
  const modules: Record<string, number> = {};
  for (const line of lines) {
    const module = /\t\[(.+)\]$/.exec(line)?.[1];
    if (module) modules[module] = (modules[module] ?? 0) + 1;
  }
  const step = Math.max(1, Math.floor(lines.length / SAMPLE));
  const sample = lines.filter((_, i) => i % step === 0 || i === lines.length - 1);
  return { count: lines.length, sha256: createHash('sha256').update(text).digest('hex'), sample, modules };
}

/** One record as /dev/kmsg gives it: `priority,sequence,microseconds,flags[,more];text`, then ` KEY=value` lines. */
export function parseKmsg(record: string): KmsgRecord | undefined {
  const match = /^(\d+),(\d+),(\d+),([^,;]*)([^;]*);([^\n]*)\n?([\s\S]*)$/.exec(record);
  if (!match) return undefined;
  const [, priority, sequence, microseconds, flags, more, text, rest] = match;
  const caller = /,caller=([^,]+)/.exec(more ?? '')?.[1];
  const fields = (rest ?? '').split('\n').flatMap((line) => (line.startsWith(' ') ? [line.slice(1)] : []));
  return {
    sequence: Number(sequence),
    microseconds: Number(microseconds),
    level: Number(priority) & 7,
    facility: Number(priority) >> 3,
    flags: flags ?? '',
    ...(caller === undefined ? {} : { caller }),
    text: text ?? '',
    ...(fields.length ? { fields } : {}),
  };
}

/** `8:1 131 100644 1 0:0 64 0 0`: dev, inode, mode (octal), links, rdev, size, uid, gid. */
export function parseFdStat(text: string): FdStat {
  const [dev = '', ino, mode = '0', nlink, rdev = '', size, uid, gid] = text.split(' ');
  return {
    dev,
    ino: Number(ino),
    mode: Number.parseInt(mode, 8),
    nlink: Number(nlink),
    rdev,
    size: Number(size),
    uid: Number(uid),
    gid: Number(gid),
  };
}

interface Draft {
  files: Record<string, Bytes>;
  links: Record<string, string>;
  fd?: Record<string, { link: string; info?: Bytes; stat?: FdStat }>;
  threads?: Record<string, Draft>;
}

const emptyTask = (): Draft => ({ files: {}, links: {} });

/** One record of a task, its key without the task's prefix: `files/maps`, `fd/3`, … */
function addToTask(task: Draft, key: string, data: Buffer): void {
  const slash = key.indexOf('/');
  const kind = key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (kind === 'files') task.files[name] = toBytes(data);
  else if (kind === 'links') task.links[name] = textOfBytes(data);
  else if (kind === 'fd') (task.fd ??= {})[name] = { link: textOfBytes(data) };
  else if (kind === 'fdinfo' && task.fd?.[name]) task.fd[name].info = toBytes(data);
  else if (kind === 'fdstat' && task.fd?.[name]) task.fd[name].stat = parseFdStat(data.toString());
}

/** Threads nearly always have their leader's descriptors: those are told once. */
function dropSharedFd(process: Draft): void {
  const own = JSON.stringify(process.fd);
  for (const thread of Object.values(process.threads ?? {})) {
    if (JSON.stringify(thread.fd) === own) delete thread.fd;
  }
}

function makeProcesses(pass: Pass): Record<string, ProcessTruth> {
  const processes: Record<string, Draft> = {};
  for (const [key, data] of pass) {
    const match = /^p\/(\d+)\/(?:t\/(\d+)\/)?(.*)$/.exec(key);
    if (!match) continue;
    const [, pid = '', tid, rest = ''] = match;
    const process = (processes[pid] ??= { ...emptyTask(), threads: {} });
    if (rest === 'pages') continue;
    const threads = process.threads ?? {};
    addToTask(tid === undefined ? process : (threads[tid] ??= emptyTask()), rest, data);
  }
  for (const process of Object.values(processes)) dropSharedFd(process);
  return processes as unknown as Record<string, ProcessTruth & TaskTruth>;
}

/** The records under a folder of keys, by the rest of their keys, from its slash on where that is part of a path. */
function under<T>(pass: Pass, folder: string, value: (data: Buffer) => T): Record<string, T> {
  const out: Record<string, T> = {};
  for (const [key, data] of pass) {
    if (!key.startsWith(`${folder}/`) || ELSEWHERE.test(key)) continue;
    out[key.slice(folder.length + (PATHS.has(folder) ? 0 : 1))] = value(data);
  }
  return out;
}

function makeBtf(stable: Pass): Truth['btf'] {
  const out: Record<string, { size: number; sha256: string }> = {};
  for (const [key, data] of stable) {
    const name = /^s\/sys\/kernel\/btf\/(.+)$/.exec(key)?.[1];
    if (name) out[name] = { size: data.length, sha256: createHash('sha256').update(data).digest('hex') };
  }
  return out;
}

export function rawPages(pass: Pass): RawPages {
  const processes = new Map<string, Buffer>();
  for (const [key, data] of pass) {
    const pid = /^p\/(\d+)\/pages$/.exec(key)?.[1];
    if (pid) processes.set(pid, data);
  }
  return { processes, frames: pass.get('frames') ?? Buffer.alloc(0) };
}

const sets = (data: Buffer) =>
  data
    .toString()
    .split('\n')
    .flatMap((line) => (line ? [line.split(' ')] : []));

function cachedFile(data: Buffer) {
  const [size, ...pages] = data.toString().split(' ');
  return { size: Number(size), pages };
}

/** Thread ids by PID, as they were at the very end. */
function rollOf(pass: Pass): Record<string, number[]> {
  const roll: Record<string, number[]> = {};
  for (const key of pass.keys()) {
    const [, pid, tid] = /^roll\/(\d+)\/(\d+)$/.exec(key) ?? [];
    if (pid !== undefined) (roll[pid] ??= []).push(Number(tid));
  }
  return roll;
}

function isPresent(key: string, roll: Record<string, number[]>): boolean {
  const [, pid, tid] = /^p\/(\d+)\/(?:t\/(\d+)\/)?/.exec(key) ?? [];
  return pid === undefined || roll[pid]?.includes(Number(tid ?? pid)) === true;
}

/** Without the threads that were not there any more at the end. */
function presentOnly(pass: Pass, roll: Record<string, number[]>): Pass {
  return new Map([...pass].filter(([key]) => isPresent(key, roll)));
}

/** Processes that lost a thread while they were recorded, or after. */
function endedSince(passes: readonly Pass[], roll: Record<string, number[]>): Set<number> {
  const gone = passes.flatMap((pass) => [...pass.keys()].filter((key) => !isPresent(key, roll)));
  return new Set(gone.map((key) => Number(/^p\/(\d+)/.exec(key)?.[1])));
}

/** Parts of one fact are put together; none stands for the whole. */
function merged(some: Record<string, string[]>, more: Record<string, string[]>): Record<string, string[]> {
  const all = { ...some };
  for (const [path, parts] of Object.entries(more)) {
    const known = all[path];
    const isWhole = parts.length === 0 || known?.length === 0;
    all[path] = isWhole ? [] : [...new Set([...(known ?? []), ...parts])];
  }
  return all;
}

/** `ram` lets it see what changed between the record and the guest's death. */
export function makeTruth(recording: Recording, machine: MachineTruth, ram?: FrameReader): Truth {
  const { stable, first } = recording;
  const roll = rollOf(recording.second);
  const second = presentOnly(recording.second, roll);
  const ended = endedSince([first, recording.second], roll);
  const text = (key: string) => (second.get(key) ?? stable.get(key) ?? Buffer.alloc(0)).toString();
  const [pid, cpu] = text('recorder').split(' ').map(Number);
  const records = text('kmsg').split('\0');
  return {
    format: TRUTH_FORMAT,
    version: TRUTH_VERSION,
    machine,
    recorder: { pid: pid ?? 0, cpu: cpu ?? 0 },
    clocks: {
      realtime: text('clock/realtime'),
      monotonic: text('clock/monotonic'),
      boottime: text('clock/boottime'),
      tai: text('clock/tai'),
    },
    system: { ...under(stable, 's', toBytes), ...under(second, 's', toBytes) },
    kallsyms: makeKallsyms(text('s/proc/kallsyms')),
    btf: makeBtf(stable),
    kmsg: records.flatMap((record) => parseKmsg(record) ?? []),
    processes: makeProcesses(second),
    roll,
    shared: under(second, 'shared', sets),
    terminals: under(second, 'tty', (data) => data.toString()),
    cachedFiles: under(second, 'cached', cachedFile),
    unstable: merged(findUnstable(first, second), unstableByEnd(ended, second)),
    pages: encodePages(rawPages(first), rawPages(second), ram),
  };
}

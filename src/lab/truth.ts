// truth.json: what a guest's kernel said about itself a moment before it died. docs/lab.md explains the schema;
// this file is its definition. Bulk that a fixture may drop stands under keys of its own, marked "bulk".

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../base/error.js';
import { textOfBytes } from '../base/text.js';

export const TRUTH_FORMAT = 'otherworld-truth';
export const TRUTH_VERSION = 1;

/** Bytes of a /proc file: as text where they are valid UTF-8, else in base64. */
export type Bytes = string | { readonly base64: string };

/** File name under /proc/PID (or another folder) to contents. Absent: the guest could not read it. */
export type Files = Readonly<Record<string, Bytes>>;

export interface FdStat {
  /** `major:minor` of the file system. */
  readonly dev: string;
  readonly ino: number;
  /** `st_mode`, type bits too. */
  readonly mode: number;
  readonly nlink: number;
  /** `major:minor` for device nodes. */
  readonly rdev: string;
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
}

export interface FdTruth {
  /** What readlink of /proc/PID/fd/N says. */
  readonly link: string;
  /** /proc/PID/fdinfo/N. */
  readonly info?: Bytes;
  readonly stat?: FdStat;
}

export interface TaskTruth {
  /** Contents of `stat`, `status`, `comm`, `syscall`, `stack`, …, by name. */
  readonly files: Files;
  /** Targets of `cwd`, `root`, `exe`, `ns/pid`, … */
  readonly links: Readonly<Record<string, string>>;
  /** In a thread only where it is not as in its process. */
  readonly fd?: Readonly<Record<string, FdTruth>>;
}

export interface ProcessTruth extends TaskTruth {
  /** By thread id, the leader too. */
  readonly threads: Readonly<Record<string, TaskTruth>>;
}

export interface KmsgRecord {
  readonly sequence: number;
  readonly microseconds: number;
  readonly level: number;
  readonly facility: number;
  /** `-`, or `c` and others where a line is a fragment. */
  readonly flags: string;
  /** Thread or CPU that printed it (`T612`, `C1`), on kernels that record it. */
  readonly caller?: string;
  readonly text: string;
  /** The `KEY=value` lines under it. */
  readonly fields?: readonly string[];
}

export interface KallsymsTruth {
  readonly count: number;
  /** Of the whole of /proc/kallsyms, which stands beside as kallsyms.txt.gz. */
  readonly sha256: string;
  /** Lines of /proc/kallsyms, evenly spread. */
  readonly sample: readonly string[];
  /** Symbols of each module. */
  readonly modules: Readonly<Record<string, number>>;
}

/** Encoded with `encodePages` of pages.ts. */
export interface PagesTruth {
  /** By PID: base64 of deflated runs of /proc/PID/pagemap entries. */
  readonly processes: Readonly<Record<string, string>>;
  /** base64 of deflated frames: kpageflags, kpagecount and the first 8 bytes of the MD5 of each page's contents. */
  readonly frames: string;
  /** PFNs whose contents changed: between the two passes, or from then until the guest's death (by its RAM). */
  readonly unstableFrames: readonly number[];
  /** By PID: addresses (hex) of pages whose pagemap entries differed between the two passes. */
  readonly unstablePages: Readonly<Record<string, readonly string[]>>;
}

export interface MachineTruth {
  readonly suite: string;
  readonly flavour: string;
  readonly kernel: string;
  readonly qemu: string;
  readonly accelerator: string;
  readonly machine: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly ramBytes: number;
  readonly append: string;
  readonly workloads: readonly string[];
  /** `info registers -a` of QEMU's monitor after the panic, and the ranges of its RAM (`info mtree -f`). */
  readonly registers?: string;
  readonly memoryTree?: string;
}

export interface Truth {
  readonly format: typeof TRUTH_FORMAT;
  readonly version: number;
  readonly machine: MachineTruth;
  /** The recorder's own process (its memory is not recorded) and the CPU that it panicked. */
  readonly recorder: { readonly pid: number; readonly cpu: number };
  /** Nanoseconds, at the end of the second pass. */
  readonly clocks: Readonly<Record<'realtime' | 'monotonic' | 'boottime' | 'tai', string>>;
  /** By absolute path: /proc/…, /sys/…; and what ss, ip and the zoo said, under /run/otherworld. */
  readonly system: Files;
  readonly kallsyms: KallsymsTruth;
  readonly btf: Readonly<Record<string, { readonly size: number; readonly sha256: string }>>;
  readonly kmsg: readonly KmsgRecord[];
  /** Those that were there to the end; threads that ended after the second pass had told of them are left out. */
  readonly processes: Readonly<Record<string, ProcessTruth>>;
  /** Thread ids of each process in the last moment. */
  readonly roll: Readonly<Record<string, readonly number[]>>;
  /**
   * What is one object, by kcmp(2): sets of two or more. `files` are open file descriptions (`PID:FD`); `vm`,
   * `fdtable`, `fs`, `sighand`, `io`, `sysvsem` are of threads (`TID`).
   */
  readonly shared: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** termios and the rest of every terminal, `pts/0` or `ttyS0`, to a line of `name=value`. */
  readonly terminals: Readonly<Record<string, string>>;
  /** Files known to be in the page cache: size and the first 8 bytes of the MD5 of each page, in hex. */
  readonly cachedFiles: Readonly<
    Record<string, { readonly size: number; readonly pages: readonly string[] }>
  >;
  /**
   * Facts that differed between the two passes, by the path of keys that leads to them (joined by ` `), to the
   * parts that did: field numbers of a `stat`, names of `Name: value` lines (of smaps: of any VMA); none: the whole.
   */
  readonly unstable: Readonly<Record<string, readonly string[]>>;
  /** Bulk. */
  readonly pages?: PagesTruth;
}

export function bytesOf(value: Bytes): Buffer {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value.base64, 'base64');
}

/** As names are that the engine reads. */
export function textOf(value: Bytes | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : textOfBytes(bytesOf(value));
}

/** Whether a fact, or one part of it, was the same in both passes. `path` is as the keys of `unstable` are. */
export function isStable(truth: Truth, path: string, part?: string): boolean {
  const parts = truth.unstable[path];
  if (parts === undefined) return true;
  return part !== undefined && parts.length > 0 && !parts.includes(part);
}

/** Reads truth.json or truth.json.gz. */
export function readTruth(path: string): Truth {
  const raw = readFileSync(path);
  const text = raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw) : raw;
  return checkTruth(JSON.parse(text.toString('utf8')), path);
}

export function checkTruth(value: unknown, path: string): Truth {
  const truth = value as Partial<Truth> | null;
  if (truth?.format !== TRUTH_FORMAT) throw new InputError(`${path}: not a truth.json of ours`);
  if (truth.version !== TRUTH_VERSION) {
    throw new InputError(
      `${path}: truth of version ${truth.version}; this program reads version ${TRUTH_VERSION}`,
      'make it again with `ow lab capture`, or use the release that made it',
    );
  }
  return truth as Truth;
}

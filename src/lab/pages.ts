// User pages in truth.json: runs of pagemap entries by process, and one record for each page frame. The binary
// layouts are those of guest/record/pages.c, deflated and in base64.

import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import type { PagesTruth, Truth } from './truth.js';

const RUN = 24;
const FRAME = 32;

export interface TruthPage {
  readonly address: bigint;
  /** The raw /proc/PID/pagemap entry. */
  readonly entry: bigint;
  readonly present: boolean;
  readonly swapped: boolean;
  /** Page of a file or of shared memory. */
  readonly file: boolean;
  readonly softDirty: boolean;
  readonly exclusive: boolean;
  /** Taken by MADV_GUARD_INSTALL: kernels since 6.15 say so. */
  readonly guard: boolean;
  /** Where present. */
  readonly pfn: number | undefined;
  /** Where swapped: the swap file's number and the slot in it. */
  readonly swap: { readonly type: number; readonly offset: bigint } | undefined;
}

export interface TruthFrame {
  readonly pfn: number;
  /** /proc/kpageflags */
  readonly flags: bigint;
  /** /proc/kpagecount */
  readonly count: number;
  /** First 8 bytes of the MD5, in hex; none where /proc/PID/mem would not read it (device memory). */
  readonly digest: string | undefined;
}

const pack = (data: Buffer) => deflateSync(data, { level: 9 }).toString('base64');
const unpack = (text: string) => inflateSync(Buffer.from(text, 'base64'));
const bit = (entry: bigint, n: bigint) => ((entry >> n) & 1n) === 1n;

export function decodeEntry(address: bigint, entry: bigint): TruthPage {
  const present = bit(entry, 63n);
  const swapped = bit(entry, 62n);
  return {
    address,
    entry,
    present,
    swapped,
    file: bit(entry, 61n),
    exclusive: bit(entry, 56n),
    guard: bit(entry, 58n),
    softDirty: bit(entry, 55n),
    pfn: present ? Number(entry & ((1n << 55n) - 1n)) : undefined,
    swap: swapped ? { type: Number(entry & 31n), offset: (entry >> 5n) & ((1n << 50n) - 1n) } : undefined,
  };
}

/** Every page of a process that is present or swapped, in the order of addresses. */
export function* pagesOf(truth: Truth, pid: number): Generator<TruthPage> {
  const packed = truth.pages?.processes[String(pid)];
  if (packed !== undefined) yield* parseRuns(unpack(packed));
}

function* parseRuns(runs: Buffer): Generator<TruthPage> {
  for (let at = 0; at + RUN <= runs.length; at += RUN) {
    const address = runs.readBigUInt64LE(at);
    const entry = runs.readBigUInt64LE(at + 8);
    const count = runs.readUInt32LE(at + 16);
    const step = BigInt(runs.readUInt32LE(at + 20));
    for (let i = 0n; i < count; i++) yield decodeEntry(address + i * 4096n, entry + i * step);
  }
}

function* parseFrames(frames: Buffer): Generator<TruthFrame> {
  for (let at = 0; at + FRAME <= frames.length; at += FRAME) {
    yield {
      pfn: Number(frames.readBigUInt64LE(at)),
      flags: frames.readBigUInt64LE(at + 8),
      count: frames.readUInt32LE(at + 16),
      digest: frames.readUInt32LE(at + 20) ? frames.toString('hex', at + 24, at + 32) : undefined,
    };
  }
}

/** Every frame that a user process maps, by PFN. */
export function framesOf(truth: Truth): Map<number, TruthFrame> {
  const frames = new Map<number, TruthFrame>();
  if (!truth.pages) return frames;
  for (const frame of parseFrames(unpack(truth.pages.frames))) frames.set(frame.pfn, frame);
  return frames;
}

export interface RawPages {
  readonly processes: ReadonlyMap<string, Buffer>;
  readonly frames: Buffer;
}

function differingPages(first: Buffer, second: Buffer): string[] {
  if (first.equals(second)) return [];
  const before = new Map<bigint, bigint>();
  for (const page of parseRuns(first)) before.set(page.address, page.entry);
  const addresses: string[] = [];
  for (const page of parseRuns(second)) {
    if (before.get(page.address) !== page.entry) addresses.push(page.address.toString(16));
    before.delete(page.address);
  }
  return [...addresses, ...[...before.keys()].map((address) => address.toString(16))];
}

/** Reads a frame from the guest's RAM; undefined where it is not RAM. */
export type FrameReader = (pfn: number) => Buffer | undefined;

/** PFNs whose digest is not the first pass's, or not that of the RAM that the guest left. */
function differingFrames(first: RawPages, second: RawPages, ram: FrameReader | undefined): number[] {
  const before = new Map<number, string | undefined>();
  for (const frame of parseFrames(first.frames)) before.set(frame.pfn, frame.digest);
  return [...parseFrames(second.frames)].flatMap(({ pfn, digest }) => {
    const bytes = digest === undefined ? undefined : ram?.(pfn);
    const same = before.get(pfn) === digest && (bytes === undefined || pageDigest(bytes) === digest);
    return same ? [] : [pfn];
  });
}

/** The first 8 bytes of the MD5, in hex. */
export const pageDigest = (page: Buffer) => createHash('md5').update(page).digest('hex').slice(0, 16);

/** Keeps the second pass, and says what in it is not to be relied on. */
export function encodePages(first: RawPages, second: RawPages, ram?: FrameReader): PagesTruth {
  const processes: Record<string, string> = {};
  const unstablePages: Record<string, string[]> = {};
  for (const [pid, runs] of second.processes) {
    processes[pid] = pack(runs);
    const differing = differingPages(first.processes.get(pid) ?? Buffer.alloc(0), runs);
    if (differing.length) unstablePages[pid] = differing;
  }
  return {
    processes,
    frames: pack(second.frames),
    unstableFrames: differingFrames(first, second, ram),
    unstablePages,
  };
}

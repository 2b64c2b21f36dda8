// Address spaces and shared memory of the sample plan.

import {
  type FileTimes,
  type Mm,
  PAGE_FLAG,
  PAGE_SOURCE,
  type PageRun,
  SHARED_MEMORY_KIND,
  type SharedMemory,
  type StoredPage,
  VMA_KIND,
  type Vma,
} from '../../../../src/resurrect/abi/records/memory.js';
import { CODE, HEAP, STACK, VDSO } from './processes.js';

const READ = 1n;
const WRITE = 2n;
const EXEC = 4n;
const SHARED = 8n;

export function run(address: number, pfn: number, pages = 1, more: Partial<PageRun> = {}): PageRun {
  const flags = PAGE_FLAG.dirty | PAGE_FLAG.writable;
  return { address, pfn, pages, source: PAGE_SOURCE.frame, swap: 0, flags, digest: 0, ...more };
}

const EMPTY: Vma = {
  start: 0,
  end: 0,
  vmFlags: READ,
  offset: 0,
  kind: VMA_KIND.anonymous,
  backing: null,
  name: '',
  pages: [],
  guards: [],
};

function vmas(frames: number): Vma[] {
  const own = { flags: PAGE_FLAG.dirty | PAGE_FLAG.exclusive };
  return [
    {
      ...EMPTY,
      start: CODE,
      end: CODE + 0x2000,
      vmFlags: READ | EXEC,
      kind: VMA_KIND.file_private,
      backing: 0,
      name: '/bin/sh',
    },
    {
      ...EMPTY,
      start: HEAP,
      end: HEAP + 0x4000,
      vmFlags: READ | WRITE,
      name: '[heap]',
      pages: [
        run(HEAP, frames, 2, own),
        run(HEAP + 0x2000, 7, 1, { source: PAGE_SOURCE.swap, swap: 1 }),
        run(HEAP + 0x3000, 0, 1, { source: PAGE_SOURCE.zero, flags: 0 }),
      ],
    },
    {
      ...EMPTY,
      start: 0x7e00_0000_0000,
      end: 0x7e00_0000_2000,
      vmFlags: READ | WRITE | SHARED,
      kind: VMA_KIND.shared_memory,
      backing: 0,
    },
    {
      ...EMPTY,
      start: 0x7f00_0000_0000,
      end: 0x7f00_0000_5000,
      vmFlags: READ | WRITE,
      pages: [
        run(0x7f00_0000_0000, frames + 16, 2),
        run(0x7f00_0000_2000, 0, 2, { source: PAGE_SOURCE.plan }),
      ],
      guards: [{ start: 0x7f00_0000_4000, end: 0x7f00_0000_5000 }],
    },
    {
      ...EMPTY,
      start: STACK,
      end: STACK + 0x2000,
      vmFlags: READ | WRITE,
      name: '[stack]',
      pages: [run(STACK, frames + 32)],
    },
    { ...EMPTY, start: VDSO, end: VDSO + 0x1000, vmFlags: READ | EXEC, kind: VMA_KIND.vdso, name: '[vdso]' },
  ];
}

function mm(frames: number): Mm {
  return {
    startCode: CODE,
    endCode: CODE + 0x1800,
    startData: HEAP - 0x2000,
    endData: HEAP - 0x1000,
    startBrk: HEAP,
    brk: HEAP + 0x4000,
    startStack: STACK + 0x1f00,
    argStart: STACK + 0x1f10,
    argEnd: STACK + 0x1f20,
    envStart: STACK + 0x1f20,
    envEnd: STACK + 0x1f80,
    taskSize: 0x7fff_ffff_f000n,
    vdso: VDSO,
    auxv: Uint8Array.from([6, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, ...new Array(16).fill(0)]),
    exe: '/bin/sh',
    dumpable: 1,
    coredumpFilter: 0x33,
    defFlags: 0n,
    vmas: vmas(frames),
    aio: [],
  };
}

export const MMS: readonly Mm[] = [mm(0x1000), mm(0x2000)];

export const TIMES: FileTimes = {
  ...{ mtime: 1_782_000_000n, mtimeNanoseconds: 999_999_999 },
  ...{ atime: 1_781_000_000n, atimeNanoseconds: 1 },
};

/** Two pages that are in both address spaces. */
export const STORED_PAGES: readonly StoredPage[] = [1, 2].map((byte) => ({
  contents: new Uint8Array(4096).fill(byte),
}));

const SHARED_OBJECT: SharedMemory = {
  kind: SHARED_MEMORY_KIND.anonymous,
  flags: 1,
  inode: 900n,
  device: 1,
  mode: 0o777,
  uid: 0,
  gid: 0,
  bytes: 0x2000,
  seals: 0,
  name: '/dev/zero (deleted)',
  pages: [run(0, 0x3000), run(0x1000, 9, 1, { source: PAGE_SOURCE.swap, swap: 1 })],
  times: [],
};

export const SHARED_MEMORY: readonly SharedMemory[] = [
  SHARED_OBJECT,
  {
    ...SHARED_OBJECT,
    kind: SHARED_MEMORY_KIND.system_v,
    inode: 901n,
    name: '/SYSV00000042',
    pages: [run(0, 0x3100)],
  },
  {
    ...SHARED_OBJECT,
    kind: SHARED_MEMORY_KIND.tmpfs,
    inode: 902n,
    flags: 0,
    bytes: 5,
    name: '/run/pid',
    pages: [run(0, 0x3200)],
    times: [TIMES],
  },
];

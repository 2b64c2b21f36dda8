// A small plan with one of everything, made by hand: what the checker finds clean, and tests change.

import { decodePlan } from '../../../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../../../src/resurrect/abi/encode.js';
import type { Plan } from '../../../../src/resurrect/abi/plan.js';
import { NAMESPACE_FLAG, NAMESPACE_KIND } from '../../../../src/resurrect/abi/records/identity.js';
import { CRASH_BIT, REFUSED_KIND, SEVERITY } from '../../../../src/resurrect/abi/records/refusals.js';
import { OP, STAGE, type Step } from '../../../../src/resurrect/abi/records/steps.js';
import { ENTRY_KIND, type TmpfsEntry } from '../../../../src/resurrect/abi/records/storage.js';
import { FILE_OBJECTS, PIDFD, REFUSED_FILE } from './files.js';
import { MMS, run, SHARED_MEMORY, STORED_PAGES, TIMES } from './memory.js';
import { CODE, PROCESSES } from './processes.js';
import { IPC_OBJECTS, SOCKET_OBJECTS } from './sockets.js';

const text = (value: string, bytes: number): Uint8Array => {
  const field = new Uint8Array(bytes);
  field.set(Buffer.from(value));
  return field;
};

const ENTRY: TmpfsEntry = {
  kind: ENTRY_KIND.directory,
  memory: null,
  inode: 1n,
  mode: 0o755,
  uid: 0,
  gid: 0,
  rdev: 0,
  path: '/',
  target: '',
  times: [],
};
const NAMESPACE = {
  flags: NAMESPACE_FLAG.initial,
  hostname: '',
  domainname: '',
  monotonicOffset: 0n,
  boottimeOffset: 0n,
  uidMap: [],
  gidMap: [],
};
const CREDENTIALS = { uid: 0, euid: 0, suid: 0, fsuid: 0, gid: 0, egid: 0, sgid: 0, fsgid: 0 };
const CAPABILITIES = {
  capInheritable: 0n,
  capPermitted: 0x1ffn,
  capEffective: 0x1ffn,
  capBounding: 0x1ffn,
  capAmbient: 0n,
};

const OBJECTS = {
  process: PROCESSES,
  mm: MMS,
  sharedMemory: SHARED_MEMORY,
  storedPage: STORED_PAGES,
  swapArea: [{ type: 1, path: '/dev/vdc', slots: 64 }],
  ramRange: [
    { start: 0x1000, end: 0xa_0000 },
    { start: 0x10_0000, end: 0x4000_0000 },
  ],
  reservation: [{ start: 0x2000_0000, end: 0x2800_0000 }],
  identityPage: [{ address: 0x100_0000 }, { address: 0x100_2000 }],
  vdsoImage: [{ buildId: new Uint8Array(20).fill(0xd5) }],
  credentials: [{ ...CREDENTIALS, ...CAPABILITIES, securebits: 0, groups: [{ gid: 0 }] }],
  fs: [
    { cwd: '/root', root: '/', umask: 0o22 },
    { cwd: '/', root: '/', umask: 0o77 },
  ],
  namespace: [
    { ...NAMESPACE, kind: NAMESPACE_KIND.net, inode: 4_026_531_840 },
    { ...NAMESPACE, kind: NAMESPACE_KIND.ipc, inode: 4_026_531_839 },
  ],
  namespaceSet: [
    {
      links: [
        { kind: NAMESPACE_KIND.ipc, namespace: 1 },
        { kind: NAMESPACE_KIND.net, namespace: 0 },
      ],
    },
  ],
  sighand: [
    {
      actions: [
        {
          signal: 2,
          handler: BigInt(CODE) + 0x100n,
          flags: 0x1400_0000n,
          restorer: BigInt(CODE) + 0x200n,
          mask: 0n,
        },
        { signal: 13, handler: 1n, flags: 0n, restorer: 0n, mask: 0n },
      ],
    },
    { actions: [] },
  ],
  ...FILE_OBJECTS,
  ...SOCKET_OBJECTS,
  ...IPC_OBJECTS,
  writeback: [
    {
      device: 0x800001,
      mode: 0o100644,
      uid: 0,
      gid: 0,
      inode: 20n,
      bytes: 0x1800,
      fileSystem: 'ext4',
      path: '/var/log/x',
      pages: [run(0, 0x3400), run(0x1000, 0x3500)],
      times: [TIMES],
    },
  ],
  mount: [
    {
      device: 0x19,
      path: '/run',
      options: 'rw,size=1024k',
      entries: [
        ENTRY,
        { ...ENTRY, kind: ENTRY_KIND.regular, memory: 2, inode: 902n, path: '/pid' },
        { ...ENTRY, kind: ENTRY_KIND.symlink, inode: 903n, path: '/link', target: 'pid' },
      ],
    },
  ],
  refusal: [
    {
      resource: 'io_uring',
      reason: 'descriptor 2 of 101 is a ring of io_uring',
      severity: SEVERITY.crash_procedure,
      crashBits: CRASH_BIT.file,
      kind: REFUSED_KIND.file,
      object: REFUSED_FILE,
      processes: [{ process: 1 }],
    },
  ],
};

const count = { process: PROCESSES.length, file: OBJECTS.file.length };
const each = (stage: Step['stage'], op: Step['op'], length: number): Step[] =>
  Array.from({ length }, (_, object) => ({ stage, op, object, process: null }));

const STEPS: readonly Step[] = [
  { stage: STAGE.prepare, op: OP.check_machine, object: null, process: null },
  { stage: STAGE.prepare, op: OP.set_clocks, object: null, process: null },
  ...each(STAGE.storage, OP.write_back, 1),
  ...each(STAGE.storage, OP.fill_tmpfs, 1),
  ...each(STAGE.objects, OP.make_shared_memory, SHARED_MEMORY.length),
  ...each(STAGE.objects, OP.make_shm_segment, 1),
  ...each(STAGE.objects, OP.make_semaphores, 1),
  ...each(STAGE.objects, OP.make_message_queue, OBJECTS.messageQueue.length),
  ...each(STAGE.objects, OP.make_terminal, 2),
  ...each(STAGE.objects, OP.make_pipe, 1),
  ...each(STAGE.objects, OP.make_socket, OBJECTS.socket.length),
  ...each(STAGE.objects, OP.make_eventfd, 1),
  ...each(STAGE.objects, OP.make_timerfd, 1),
  ...each(STAGE.objects, OP.make_signalfd, 1),
  ...each(STAGE.objects, OP.make_inotify, 1),
  ...each(STAGE.objects, OP.make_epoll, 1),
  ...each(STAGE.objects, OP.open_inode, OBJECTS.inode.length),
  ...each(STAGE.objects, OP.open_file, count.file).filter(({ object }) => object !== PIDFD),
  ...each(STAGE.tree, OP.make_process, count.process),
  { stage: STAGE.files, op: OP.open_file, object: PIDFD, process: null },
  ...each(STAGE.files, OP.watch, 1),
  ...each(STAGE.files, OP.install_files, 2),
  ...each(STAGE.files, OP.set_directories, 2),
  ...each(STAGE.files, OP.set_lock, 2),
  ...each(STAGE.memory, OP.make_mm, 2),
  ...each(STAGE.memory, OP.fill_mm, 2),
  ...each(STAGE.signals, OP.set_handlers, 2),
  ...each(STAGE.threads, OP.set_threads, 2),
  { stage: STAGE.resume, op: OP.call_crash_procedure, object: 1, process: 1 },
  ...each(STAGE.resume, OP.resume, count.process),
];

/** A new one each time, in which nothing is shared: change it as you like. */
export function samplePlan(): Plan {
  return decodePlan(
    encodePlan({
      header: {
        hints: 0n,
        features: 0n,
        release: text('6.1.0-50-cloud-amd64', 64),
        buildId: text('build', 20),
        pagingLevels: 4,
        kaslrOffset: 0x1000_0000,
        physBase: 0n,
        panicRealtime: 1_782_000_000_000_000_000n,
        panicMonotonic: 60_000_000_000n,
        panicBoottime: 61_000_000_000n,
        identity: text('identity', 32),
      },
      ...OBJECTS,
      step: STEPS,
    }),
    'sample',
  );
}

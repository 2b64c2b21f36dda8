// For each rule of the C validator (kernel/plan/validate_rules.h), a plan that breaks it and no other: a change of the sample
// plan, of its file, or of the machine that it is held against.
import { layOut } from '../../scripts/abi/layout.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { HEADER_BYTES } from '../../src/resurrect/abi/records/container.js';
import { SECTION_DATA, SECTION_STRINGS } from '../../src/resurrect/abi/schema/container.js';
import { SCHEMA } from '../../src/resurrect/abi/schema/schema.js';
import { samplePlan } from '../unit/helpers/sample-plan/plan.js';
import { at, type Draft, MUTATIONS } from '../unit/resurrect/check/mutations.js';
import { DEATHS } from './deaths.js';
import { AT, ENTRY, entryOf, seal, sectionOf } from './seal.js';

export interface Broken {
  readonly file: Uint8Array;
  readonly options: readonly string[];
}

const layout = layOut(SCHEMA);
type Edit = (view: DataView, file: Uint8Array) => void;
type Change = (plan: Draft<Plan>) => void;

const section = (kind: string): number => layout.records.get(kind)?.record.section as number;

/** The sample plan's file after a change of its bytes. */
function edited(edit: Edit, sealed = true): Broken {
  const file = encodePlan(samplePlan());
  edit(new DataView(file.buffer), file);
  return { file: sealed ? seal(file) : file, options: [] };
}

function changed(change: Change, ...options: readonly string[]): Broken {
  const plan = samplePlan() as Draft<Plan>;
  change(plan);
  return { file: encodePlan(plan as Plan), options };
}

/** Of the checker's invariant. */
const invariant = (name: string): Broken => changed(MUTATIONS[name] as Change);
const on = (...options: readonly string[]): Broken => changed(() => undefined, ...options);

/** Puts a number where a field of a record is, or `further` bytes behind. */
const put = (kind: string, index: number, field: string, value: number, further = 0): Broken =>
  edited((view, file) => {
    const laid = layout.records.get(kind);
    const offset = laid?.fields.find((one) => one.field.name === field)?.offset as number;
    const place = sectionOf(file, section(kind)).offset + index * (laid?.bytes as number) + offset + further;
    view.setUint32(place, value, true);
  });

const inEntry = (of: number, field: number, value: number): Broken =>
  edited((view, file) => view.setUint32(entryOf(file, of) + field, value, true));

/** Offset of that text in the file. */
function placeOf(file: Uint8Array, text: string): number {
  return Buffer.from(file.buffer, file.byteOffset, file.byteLength).indexOf(text);
}

/** Another text of the same bytes in the place of one of the plan's. */
const retold = (text: string, other: string): Broken =>
  edited((_, file) => file.set(Buffer.from(other, 'latin1'), placeOf(file, text)));

const thread = (plan: Draft<Plan>, process = 0, index = 0) => at(at(plan.process, process).threads, index);
const registers = (plan: Draft<Plan>) => at(thread(plan).registers, 0);
const heap = (plan: Draft<Plan>) => at(at(plan.mm, 0).vmas, 1);

function vectorState(edit: (view: DataView) => void, bytes = 576): Change {
  return (plan) => {
    const area = new Uint8Array(bytes);
    area.set(thread(plan).fpu.subarray(0, bytes));
    edit(new DataView(area.buffer));
    thread(plan).fpu = area;
  };
}

const XSTATE_BV = 512;

export const RULE_MUTATIONS: Readonly<Record<string, () => Broken>> = {
  ALIGNMENT: () => on('--skew', '4'),
  SCRATCH: () => on('--lack', '8'),
  SHORT: () => ({ file: encodePlan(samplePlan()).slice(0, HEADER_BYTES - 8), options: [] }),
  MAGIC: () => edited((view) => view.setUint8(6, 10)),
  VERSION: () => edited((view) => view.setUint32(AT.version, 1, true)),
  HEADER: () => edited((view) => view.setUint32(AT.headerBytes, 8, true)),
  HEADER_CHECKSUM: () => edited((view) => view.setUint8(HEADER_BYTES - 12, 1), false),
  SECTION_KIND: () => inEntry(section('step'), ENTRY.section, 191),
  SECTION_ORDER: () => inEntry(SECTION_DATA, ENTRY.section, SECTION_STRINGS),
  SECTION_RECORD: () => inEntry(section('process'), ENTRY.recordBytes, 8),
  SECTION_EMPTY: () => inEntry(section('thread'), ENTRY.count, 0),
  SECTION_PLACE: () => inEntry(section('thread'), ENTRY.offset, HEADER_BYTES),
  SECTION_END: () => inEntry(section('thread'), ENTRY.count, 0xffffff),
  SECTION_CHECKSUM: () =>
    edited((view, file) => view.setUint8(sectionOf(file, section('process')).offset, 99), false),
  GAP: () =>
    edited((view, file) => {
      const { offset, count } = sectionOf(file, SECTION_STRINGS);
      if (count % 8 === 0) throw new RangeError('there is no gap behind the strings');
      view.setUint8(offset + count, 1);
    }),
  FILE_END: () => {
    const file = Buffer.concat([encodePlan(samplePlan()), new Uint8Array(8)]);
    new DataView(file.buffer, file.byteOffset).setUint32(AT.fileBytes, file.length, true);
    return { file: seal(file), options: [] };
  },
  NUMBER: () => put('mm', 0, 'start_code', 0x200000, 4),
  PADDING: () => put('thread', 1, 'reserved', 1),
  CHOICE: () => put('process', 1, 'state', 9),
  BITS: () => put('process', 0, 'flags', 0x8000),
  REFERENCE: () => put('process', 1, 'mm', 2),
  TEXT_PLACE: () => put('process', 0, 'name', 1),
  TEXT_END: () => put('process', 0, 'name', 0xffff, 4),
  TEXT_TWICE: twice,
  DATA_PLACE: () => put('thread', 0, 'fpu', 8),
  CHILDREN: () => put('process', 0, 'threads', 1),
  ORPHANS: orphans,
  TEXT_NUL: () => retold('shell', 'sh\0ll'),

  RELEASE_NAMED: () => invariant('kernel-named'),
  RELEASE_OTHER: () => on('--release', '6.1.0-51-cloud-amd64'),
  IDENTITY_KNOWN: () => invariant('identity-known'),
  IDENTITY_OTHER: () => on('--old', DEATHS.other),
  PAGING_LEVELS: () => on('--levels', '5'),
  DIGESTS_ANNOUNCED: () => invariant('digests-announced'),
  BUILD_OTHER: () =>
    changed(
      (plan) => {
        plan.header.buildId = new Uint8Array(20).fill(1);
      },
      '--core',
      DEATHS.core,
    ),
  PLACE_OTHER: () =>
    changed(
      (plan) => {
        plan.header.kaslrOffset = 0x1020_0000;
      },
      '--core',
      DEATHS.core,
    ),
  IDENTITY_PAGES: () =>
    changed(
      (plan) => {
        plan.identityPage = [];
      },
      '--old',
      DEATHS.own,
    ),
  VDSO_OTHER: () => on('--vdso', 'd4'.repeat(20)),

  RANGES_ORDERED: () => invariant('ram-ordered'),
  RUN_SIZE: () =>
    changed((plan) => {
      at(heap(plan).pages, 2).pages = 0;
    }),
  RUN_ORDER: () =>
    changed((plan) => {
      at(heap(plan).pages, 2).address = heap(plan).start;
    }),
  RUN_WITHIN: () => invariant('runs-within-owner'),
  FRAME_NUMBER: () =>
    changed((plan) => {
      at(plan.ramRange, 1).end = 2 ** 53 - 4096;
      at(heap(plan).pages, 0).pfn = 2 ** 40 - 1;
    }),
  FRAME_RAM: () => invariant('frames-in-ram'),
  FRAME_RESERVED: () => invariant('frames-outside-reservation'),
  FRAME_MACHINE: () => on('--ram', '0-1000000', '--ram', '1002000-40000000'),
  FRAME_OWN: () => on('--own', '0-1000', '--own', '1001000-1001001', '--own', '30000000-38000000'),
  SWAP_AREA: () => invariant('swap-areas-known'),
  ZERO_PAGES: () => invariant('zero-pages-empty'),
  DIGEST: () => invariant('digests-flagged'),
  SWAP_AREAS: () => changed((plan) => plan.swapArea.push({ ...at(plan.swapArea, 0) })),
  TASK_SIZE: () =>
    changed((plan) => {
      at(plan.mm, 0).taskSize = 0xffff_ffff_ffff_f000n;
    }),
  VMA_ALIGNED: () => invariant('vmas-aligned'),
  VMA_ORDER: () => invariant('vmas-apart'),
  VMA_USER: () => invariant('vmas-in-user-space'),
  VMA_BACKED: () => invariant('mappings-backed'),
  VMA_SHARED_PAGES: () => invariant('shared-pages-with-their-object'),
  SEALS: () =>
    changed((plan) => {
      at(plan.sharedMemory, 0).seals = 0x40;
    }),
  STORED_PAGE: () => invariant('stored-pages-known'),
  GUARD_PLACE: () => invariant('guards-within-owner'),
  GUARD_EMPTY: () => invariant('guards-empty'),

  TID_RANGE: () => invariant('ids-in-range'),
  TID_TWICE: () => invariant('ids-unique'),
  PARENT_FIRST: () => invariant('parents-first'),
  LEADER_FIRST: () => invariant('leader-first'),
  STATE: () => invariant('zombies-bare'),
  REASON: () => invariant('taken-for-a-reason'),
  LIMIT_TWICE: () =>
    changed((plan) => {
      const { limits } = at(plan.process, 0);
      limits.push({ ...at(limits, 0) });
    }),
  GROUP_RANGE: () =>
    changed((plan) => {
      at(plan.process, 0).pgid = -1;
    }),
  THREAD_TABLES: () => invariant('running-have-descriptors'),
  REGISTERS: () => invariant('registers-known'),
  SELECTORS: () => invariant('registers-of-user-mode'),
  FLAGS: () =>
    changed((plan) => {
      registers(plan).flags = 0x3246n;
    }),
  ADDRESSES: () =>
    changed((plan) => {
      registers(plan).ip = 0x8000_0000_0000n;
    }),
  BASES: () => invariant('bases-in-user-space'),
  SYSTEM_CALL: () => invariant('system-call-treated'),
  RESTART_CALL: () =>
    changed((plan) => {
      at(thread(plan, 1, 1).restart, 0).number = 59;
    }),
  FPU_SIZE: () => invariant('vector-state-whole'),
  FPU_HEADER: () => changed(vectorState((view) => view.setUint8(XSTATE_BV + 8, 1))),
  MXCSR: () => invariant('mxcsr-valid'),
  XFEATURES: () =>
    changed(
      vectorState((view) => view.setUint8(XSTATE_BV, 3)),
      '--xfeatures',
      '1',
    ),
  TLS: () =>
    changed((plan) => {
      thread(plan).tls = [{ entry: 12, descriptor: 0x00cf_9300_0000_ffffn }];
    }),

  SIGNAL_NUMBER: () => invariant('signal-numbers'),
  HANDLERS_ORDER: () => invariant('handlers-ordered'),
  SIGINFO: () =>
    changed((plan) => {
      at(thread(plan).pending, 0).info = new Uint8Array(64);
    }),
  TIMER_TWICE: () => invariant('timers-unique'),
  TIMER_RANGE: () =>
    changed((plan) => {
      at(at(plan.process, 0).posixTimers, 0).interval = 2n ** 63n;
    }),

  DESCRIPTOR: () => invariant('descriptors-ordered'),
  FILE_TARGET: () => invariant('files-lead-somewhere'),
  FILE_REFUSED: () => invariant('refused-files-explained'),
  FILE_PATH: () => invariant('path-files-by-path'),
  PIPE: () => invariant('pipe-contents-fit'),
  PTY_PAIR: () => invariant('ptys-in-pairs'),
  PTY_TWICE: () => invariant('one-master'),
  TERMINAL_INPUT: () => invariant('terminal-input-fits'),
  FILE_HANDLE: () =>
    changed((plan) => {
      at(at(plan.inotify, 0).watches, 0).handle = new Uint8Array(129);
    }),
  SOCKET_ADDRESS: () =>
    changed((plan) => {
      at(plan.socket, 2).local = new Uint8Array(129).fill(2, 0, 1);
    }),
  SOCKET_PEER: () => invariant('unix-peers'),
  SOCKET_PENDING: () => invariant('listeners-listen'),
  WRITTEN_TWICE: () => invariant('written-once'),
  TMPFS_PATH: () => invariant('tmpfs-trees'),
  SEMAPHORE_UNDO: () =>
    changed((plan) => {
      at(at(plan.semaphoreSet, 0).undo, 0).adjustments = new Uint8Array(2);
    }),
  FILE_TIMES: () => invariant('times-whole'),
  MESSAGE_NOTIFY: () =>
    changed((plan) => {
      const [told] = at(plan.messageQueue, 1).notification;
      if (told) at(plan.messageQueue, 1).notification.push({ ...told });
    }),

  VERDICT: () => invariant('verdicts-follow'),
  CRASH_BITS: () => invariant('crash-bits-follow'),
  REFUSAL_TEXT: () => invariant('refusals-explained'),
  REFUSAL_OBJECT: () => invariant('refusals-about-something'),
  STEP_ORDER: () => invariant('stages-in-order'),
  STEP_STAGE: () => invariant('steps-in-their-stage'),
  STEP_OBJECT: () => invariant('steps-have-objects'),
  STEP_ONCE: () => invariant('everything-made-once'),
  STEP_PROCESS: () => invariant('every-process-resumed'),
  STEP_PARENT: () => invariant('parents-made-first'),
};

/** Two strings of the same bytes, each in its place. */
function twice(): Broken {
  const plan = samplePlan() as Draft<Plan>;
  Object.assign(at(plan.fs, 0), { cwd: '/first' });
  Object.assign(at(plan.fs, 1), { cwd: '/other' });
  const file = encodePlan(plan as Plan);
  file.set(Buffer.from('/first'), placeOf(file, '/other'));
  return { file: seal(file), options: [] };
}

/** A child more than those that list children come to. */
function orphans(): Broken {
  const plan = samplePlan() as Draft<Plan>;
  at(plan.process, 0).cgroups.push({ ...at(at(plan.process, 0).cgroups, 0) });
  const file = encodePlan(plan as Plan);
  const laid = layout.records.get('process');
  const offset = laid?.fields.find(({ field }) => field.name === 'cgroups')?.offset as number;
  const { offset: begin, count } = sectionOf(file, section('process'));
  const view = new DataView(file.buffer);
  // The last process lists no longer what it has; all before it are as they were.
  for (let index = count - 1; index >= 0; index--) {
    const place = begin + index * (laid?.bytes as number) + offset;
    if (view.getUint32(place + 4, true) === 0) continue;
    view.setUint32(place + 4, view.getUint32(place + 4, true) - 1, true);
    if (view.getUint32(place + 4, true) === 0) view.setUint32(place, 0, true);
    break;
  }
  return { file: seal(file), options: [] };
}

// For each invariant, a plan that breaks it and no other: a change of the sample plan.

import type { Plan } from '../../../../src/resurrect/abi/plan.js';
import type { Process } from '../../../../src/resurrect/abi/records/processes.js';
import type { Thread } from '../../../../src/resurrect/abi/records/threads.js';

export type Draft<T> = T extends Uint8Array | bigint | string | number
  ? T
  : T extends readonly (infer Item)[]
    ? Draft<Item>[]
    : { -readonly [Key in keyof T]: Draft<T[Key]> };

type Mutation = (plan: Draft<Plan>) => void;

/** The element, which the sample has. */
export function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}

const process = (plan: Draft<Plan>, index: number): Draft<Process> => at(plan.process, index);
const thread = (plan: Draft<Plan>, index = 0): Draft<Thread> => at(process(plan, index).threads, 0);
const vma = (plan: Draft<Plan>, index: number) => at(at(plan.mm, 0).vmas, index);
const heap = (plan: Draft<Plan>) => vma(plan, 1);
const tcp = (plan: Draft<Plan>, socket: number) => at(at(plan.socket, socket).tcp, 0);
const registers = (plan: Draft<Plan>) => at(thread(plan).registers, 0);
const byteAt = (bytes: Uint8Array, offset: number, value: number): Uint8Array => {
  const changed = Uint8Array.from(bytes);
  changed[offset] = value;
  return changed;
};

/** A process that leads that session, with the steps that make it. */
function led(plan: Draft<Plan>, sid: number): Draft<Process>[] {
  const zombie = structuredClone(process(plan, 2));
  const index = plan.process.length;
  for (const op of [40, 100]) {
    const place = plan.step.findLastIndex((step) => step.op === op);
    plan.step.splice(place + 1, 0, { ...at(plan.step, place), object: index });
  }
  const threads = [{ ...at(zombie.threads, 0), tid: sid }];
  return [{ ...zombie, pid: sid, pgid: sid, sid, flags: 6, threads }];
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'kernel-named': (plan) => {
    plan.header.release = new Uint8Array(64);
  },
  'identity-known': (plan) => {
    plan.header.identity = new Uint8Array(32);
  },
  'identity-pages-known': (plan) => {
    plan.identityPage = [];
  },
  'names-without-nul': (plan) => {
    at(process(plan, 0).threads, 0).comm = 'sh\0';
  },
  'paging-levels': (plan) => {
    plan.header.pagingLevels = 3;
  },
  'clocks-known': (plan) => {
    plan.header.panicBoottime = 1n;
  },
  'digests-announced': (plan) => {
    at(heap(plan).pages, 0).flags |= 256;
  },
  'ids-unique': (plan) => {
    at(process(plan, 1).threads, 1).tid = 103;
  },
  'ids-in-range': (plan) => {
    at(process(plan, 1).threads, 1).tid = 1;
  },
  'parents-first': (plan) => {
    process(plan, 1).parentPid = 99;
  },
  'leader-first': (plan) => {
    at(process(plan, 1).threads, 1).flags = 1;
  },
  'leaders-lead-themselves': (plan) => {
    process(plan, 1).flags = 0;
  },
  'groups-within-sessions': (plan) => {
    Object.assign(process(plan, 2), { sid: 99, terminal: null });
    Object.assign(process(plan, 1), { sid: 100 });
    plan.process.push(...led(plan, 99));
  },
  'sessions-led': (plan) => {
    for (const each of plan.process) each.sid = 50;
    process(plan, 0).flags = 4;
    at(plan.terminal, 1).session = 50;
  },
  'zombies-bare': (plan) => {
    process(plan, 2).mm = 0;
  },
  'taken-for-a-reason': (plan) => {
    process(plan, 0).because = 0;
  },
  'directories-rooted': (plan) => {
    at(plan.fs, 0).cwd = 'root';
  },
  'oom-range': (plan) => {
    process(plan, 0).oomScoreAdj = 1001;
  },
  'limits-ordered': (plan) => {
    at(process(plan, 0).limits, 0).soft = 5000n;
  },
  'registers-known': (plan) => {
    thread(plan).registers = [];
  },
  'registers-of-user-mode': (plan) => {
    registers(plan).cs = 0x10;
  },
  'code-is-mapped': (plan) => {
    registers(plan).ip = 0x1234n;
  },
  'stack-is-mapped': (plan) => {
    registers(plan).sp = 0x1234n;
  },
  'bases-in-user-space': (plan) => {
    thread(plan).fsBase = 0xffff_8000_0000_0000n;
  },
  'system-call-treated': (plan) => {
    thread(plan).syscallNumber = -1;
  },
  'vector-state-whole': (plan) => {
    thread(plan).fpu = new Uint8Array(100);
  },
  'mxcsr-valid': (plan) => {
    thread(plan).fpu = byteAt(thread(plan).fpu, 27, 1);
  },
  'scheduling-valid': (plan) => {
    thread(plan).rtPriority = 5;
  },
  'names-fit': (plan) => {
    thread(plan).comm = 'a name of sixteen';
  },
  'rseq-valid': (plan) => {
    thread(plan).rseq = 0x1234n;
  },
  'signal-numbers': (plan) => {
    at(thread(plan).pending, 0).signal = 65;
    at(thread(plan).pending, 0).info = new Uint8Array(0);
  },
  'handlers-ordered': (plan) => {
    at(plan.sighand, 0).actions.reverse();
  },
  'kill-and-stop-untouched': (plan) => {
    thread(plan).blocked = 1n << 8n;
  },
  'handlers-in-user-space': (plan) => {
    at(at(plan.sighand, 0).actions, 0).handler = 0xffff_ffff_8100_0000n;
  },
  'siginfo-fits': (plan) => {
    at(thread(plan).pending, 0).info = new Uint8Array(128);
  },
  'timers-unique': (plan) => {
    const { intervalTimers } = process(plan, 0);
    intervalTimers.push({ ...at(intervalTimers, 0) });
  },
  'timer-targets': (plan) => {
    at(process(plan, 0).posixTimers, 0).target = 101;
  },
  'vmas-apart': (plan) => {
    vma(plan, 0).end = heap(plan).start + 0x1000;
  },
  'vmas-aligned': (plan) => {
    vma(plan, 0).offset = 0x800;
  },
  'vmas-in-user-space': (plan) => {
    vma(plan, 5).end = 0x8000_0000_0000;
  },
  'mappings-backed': (plan) => {
    vma(plan, 0).backing = null;
  },
  'mappable-files': (plan) => {
    vma(plan, 0).backing = 3;
  },
  'shared-pages-with-their-object': (plan) => {
    const page = structuredClone(at(at(plan.sharedMemory, 0).pages, 1));
    vma(plan, 2).pages = [{ ...page, address: vma(plan, 2).start }];
  },
  'bounds-ordered': (plan) => {
    at(plan.mm, 0).brk = at(plan.mm, 0).startBrk - 1;
  },
  'vdso-known': (plan) => {
    plan.vdsoImage = [];
  },
  'vdso-in-place': (plan) => {
    at(plan.mm, 0).vdso = 0;
  },
  'auxv-whole': (plan) => {
    at(plan.mm, 0).auxv = at(plan.mm, 0).auxv.subarray(0, 16);
  },
  'program-named': (plan) => {
    at(plan.mm, 0).exe = '';
  },
  'runs-within-owner': (plan) => {
    at(heap(plan).pages, 2).address = heap(plan).end;
  },
  'runs-within-size': (plan) => {
    at(at(plan.sharedMemory, 2).pages, 0).address = 0x1000;
  },
  'ram-ordered': (plan) => {
    plan.reservation.push({ start: 0x1000, end: 0x1000 });
  },
  'frames-in-ram': (plan) => {
    at(heap(plan).pages, 0).pfn = 0xa0;
  },
  'frames-outside-reservation': (plan) => {
    at(heap(plan).pages, 0).pfn = 0x2_0000;
  },
  'exclusive-frames-once': (plan) => {
    const [first, second] = plan.mm.map(({ vmas }) => at(at(vmas, 1).pages, 0));
    if (first && second) second.pfn = first.pfn;
  },
  'frames-of-one-kind': (plan) => {
    at(at(plan.sharedMemory, 0).pages, 0).pfn = at(at(plan.sharedMemory, 1).pages, 0).pfn;
  },
  'swap-areas-known': (plan) => {
    at(heap(plan).pages, 1).pfn = 64;
  },
  'stored-pages-known': (plan) => {
    plan.storedPage.pop();
  },
  'guards-within-owner': (plan) => {
    at(vma(plan, 3).guards, 0).end += 0x1000;
  },
  'guards-empty': (plan) => {
    at(vma(plan, 3).guards, 0).start -= 0x1000;
  },
  'zero-pages-empty': (plan) => {
    at(heap(plan).pages, 2).pfn = 5;
  },
  'digests-flagged': (plan) => {
    at(heap(plan).pages, 0).digest = 1;
  },
  'written-pages-dirty': (plan) => {
    at(at(plan.writeback, 0).pages, 0).flags = 0;
  },
  'descriptors-ordered': (plan) => {
    at(at(plan.fileTable, 0).descriptors, 1).fd = 0;
  },
  'descriptors-within-limit': (plan) => {
    Object.assign(at(process(plan, 0).limits, 0), { soft: 4n, hard: 4n });
  },
  'running-have-descriptors': (plan) => {
    at(process(plan, 1).threads, 1).fs = null;
  },
  'files-lead-somewhere': (plan) => {
    at(plan.file, 5).target = null;
  },
  'refused-files-explained': (plan) => {
    Object.assign(at(plan.refusal, 0), { kind: 1, object: null });
  },
  'file-types-agree': (plan) => {
    at(plan.inode, 2).mode = 0o100644;
  },
  'path-files-by-path': (plan) => {
    at(plan.file, 16).flags |= 0o10000000;
  },
  'access-modes-valid': (plan) => {
    at(plan.file, 5).flags = 3;
  },
  'offsets-valid': (plan) => {
    at(plan.file, 0).position = -1n;
  },
  'files-named': (plan) => {
    at(plan.inode, 0).path = 'bin/sh';
  },
  'locks-compatible': (plan) => {
    at(plan.lock, 1).start = 9n;
  },
  'pipe-contents-fit': (plan) => {
    at(plan.pipe, 0).capacity = 0;
  },
  'pipe-ends-in-plan': (plan) => {
    at(plan.file, 3).flags = 1;
  },
  'eventfd-counts': (plan) => {
    at(plan.eventfd, 0).count = 2n ** 64n - 1n;
  },
  'timerfd-consistent': (plan) => {
    at(plan.timerfd, 0).expires = 0n;
  },
  'inotify-watches-unique': (plan) => {
    at(at(plan.inotify, 0).watches, 1).wd = 1;
  },
  'epoll-watches-unique': (plan) => {
    const { watches } = at(plan.epoll, 0);
    watches.push({ ...at(watches, 0) });
  },
  'epoll-without-circles': (plan) => {
    at(at(plan.epoll, 0).watches, 0).file = 6;
  },
  'ptys-in-pairs': (plan) => {
    at(plan.terminal, 1).index = 4;
  },
  'one-master': (plan) => {
    plan.terminal.push({ ...structuredClone(at(plan.terminal, 0)), other: 3 });
    plan.terminal.push({ ...structuredClone(at(plan.terminal, 1)), other: 2, session: 0 });
    const place = plan.step.findLastIndex(({ op }) => op === 24);
    plan.step.splice(place + 1, 0, ...[2, 3].map((object) => ({ ...at(plan.step, place), object })));
  },
  'terminal-input-fits': (plan) => {
    at(plan.terminal, 1).ready = 7;
  },
  'controlling-terminals': (plan) => {
    at(plan.terminal, 1).session = 99;
  },
  'sessions-have-one-terminal': (plan) => {
    plan.terminal.push({ ...structuredClone(at(plan.terminal, 1)), kind: 1, other: null });
    const place = plan.step.findLastIndex(({ op }) => op === 24);
    plan.step.splice(place + 1, 0, { ...at(plan.step, place), object: 2 });
  },
  'foreground-in-session': (plan) => {
    at(plan.terminal, 1).foreground = 77;
  },
  'socket-addresses': (plan) => {
    at(plan.socket, 2).local = at(plan.socket, 2).local.subarray(0, 15);
  },
  'unix-peers': (plan) => {
    at(plan.socket, 1).peer = null;
  },
  'listeners-listen': (plan) => {
    at(plan.socket, 5).flags = 0;
  },
  'one-listener': (plan) => {
    plan.socket.push({ ...structuredClone(at(plan.socket, 2)), inode: 70n, pending: [] });
    const place = plan.step.findLastIndex(({ op }) => op === 26);
    plan.step.splice(place + 1, 0, { ...at(plan.step, place), object: 6 });
  },
  'tcp-described': (plan) => {
    at(plan.socket, 5).tcp = [];
  },
  'tcp-sequence': (plan) => {
    Object.assign(tcp(plan, 5), { state: 4, copiedSeq: 501 });
  },
  'tcp-queues-fit': (plan) => {
    tcp(plan, 3).unacknowledged = new Uint8Array(4);
  },
  'tcp-windows': (plan) => {
    tcp(plan, 3).sndWscale = 15;
  },
  'tcp-ends-agree': (plan) => {
    const end = tcp(plan, 4);
    Object.assign(end, { rcvNxt: 100, copiedSeq: 98 });
  },
  'ipc-ids-unique': (plan) => {
    at(plan.messageQueue, 2).key = 67;
  },
  'segments-fit': (plan) => {
    at(plan.shmSegment, 0).bytes = 0x3000;
  },
  'semaphore-values': (plan) => {
    at(at(plan.semaphoreSet, 0).semaphores, 0).value = 32_768;
  },
  'notified-has-queue': (plan) => {
    at(at(plan.messageQueue, 1).notification, 0).process = 1;
  },
  'messages-fit': (plan) => {
    at(plan.messageQueue, 1).byteLimit = 4;
  },
  'written-once': (plan) => {
    plan.writeback.push({ ...structuredClone(at(plan.writeback, 0)), pages: [] });
    const place = plan.step.findIndex(({ op }) => op === 10);
    plan.step.splice(place + 1, 0, { ...at(plan.step, place), object: 1 });
  },
  'written-files-named': (plan) => {
    at(plan.writeback, 0).path = '';
  },
  'times-whole': (plan) => {
    at(at(plan.writeback, 0).times, 0).mtimeNanoseconds = 1_000_000_000;
  },
  'tmpfs-trees': (plan) => {
    at(at(plan.mount, 0).entries, 1).path = '/a/pid';
  },
  'links-have-targets': (plan) => {
    at(at(plan.mount, 0).entries, 2).target = '';
  },
  'verdicts-follow': (plan) => {
    process(plan, 1).verdict = 1;
    plan.step = plan.step.filter(({ op }) => op !== 99);
  },
  'crash-bits-follow': (plan) => {
    process(plan, 0).crashBits = 1;
  },
  'refusals-explained': (plan) => {
    at(plan.refusal, 0).reason = '';
  },
  'refusals-about-something': (plan) => {
    plan.refusal.push({ ...structuredClone(at(plan.refusal, 0)), object: null });
  },
  'stages-in-order': (plan) => {
    plan.step.push(...plan.step.splice(1, 1));
  },
  'steps-in-their-stage': (plan) => {
    at(plan.step, 0).stage = 1;
    const last = plan.step.findLastIndex(({ stage }) => stage === 1);
    at(plan.step, last).stage = 2;
  },
  'steps-have-objects': (plan) => {
    const place = plan.step.findIndex(({ op }) => op === 34);
    at(plan.step, place).object = null;
  },
  'everything-made-once': (plan) => {
    plan.step = plan.step.filter(({ op }) => op !== 27);
  },
  'every-process-resumed': (plan) => {
    plan.step.pop();
  },
  'parents-made-first': (plan) => {
    const place = plan.step.findIndex(({ op }) => op === 40);
    const [first] = plan.step.splice(place, 1);
    if (first) plan.step.splice(place + 1, 0, first);
  },
};

// What objects of a plan are called, so that the same thing has the same name in two plans: by what the dead kernel's
// users know it by (a PID, an inode number, a name), or by who has it.

import { crc32 } from 'node:zlib';
import { camel } from '../abi/names.js';
import type { Plan } from '../abi/plan.js';
import { objectsOf } from '../abi/reach.js';
import { FILE_KIND, TERMINAL_KIND } from '../abi/records/files.js';
import { VMA_KIND_TARGET } from '../abi/records/memory.js';
import type { ObjectKind } from '../abi/records/plan.js';
import { OP_NAME, OP_TARGET, STAGE_NAME } from '../abi/records/steps.js';
import { OBJECTS } from '../json/table.js';

/** Beyond all PIDs. */
const STRANGERS = 2 ** 32;
const ACCESS = ['reading', 'writing', 'both', 'neither'];

export class Identities {
  private readonly names = new Map<ObjectKind, readonly string[]>();
  /** The first process (of those known, by PID) that has an object, by `KIND INDEX`. */
  private readonly holders = new Map<string, number>();
  /** The lowest descriptor of that process, by file. */
  private readonly descriptors = new Map<number, string>();

  /**
   * `numbered`: files, pipes, sockets and memory files are known by their inode numbers, which are theirs while one kernel
   * runs; else by their paths, or by who has them, and where.
   */
  constructor(
    private readonly plan: Plan,
    private readonly numbered: boolean,
    /** PIDs by whom things are known rather than by others: those that both plans have. */
    private readonly known: ReadonlySet<number> = new Set(),
  ) {
    this.findHolders();
    for (const { record } of OBJECTS) {
      const kind = camel(record.name) as ObjectKind;
      this.names.set(kind, unique(this.all(kind)));
    }
  }

  /** Name of an object; `none` where there is none. */
  of(kind: ObjectKind, index: number | null): string {
    if (index === null) return 'none';
    return this.names.get(kind)?.[index] ?? `${kind}[${index}]`;
  }

  private findHolders(): void {
    const { process, fileTable } = this.plan;
    const rank = (index: number): number => {
      const pid = process[index]?.pid ?? 0;
      return this.known.has(pid) ? pid - STRANGERS : pid;
    };
    const order = [...process.keys()].sort((a, b) => rank(a) - rank(b));
    for (const index of order) {
      const pid = process[index]?.pid ?? 0;
      for (const key of objectsOf(this.plan, index)) if (!this.holders.has(key)) this.holders.set(key, pid);
    }
    for (const index of order) {
      const pid = process[index]?.pid ?? 0;
      for (const { files } of process[index]?.threads ?? []) {
        for (const { fd, file } of files === null ? [] : (fileTable[files]?.descriptors ?? [])) {
          const byOthers = this.isKnown('file', file) && !this.known.has(pid);
          if (!byOthers && !this.descriptors.has(file)) this.descriptors.set(file, `fd ${fd} of ${pid}`);
        }
      }
    }
  }

  /** Whether one of those known has it. */
  private isKnown(kind: ObjectKind, index: number): boolean {
    return this.known.has(this.holders.get(`${kind} ${index}`) ?? Number.NaN);
  }

  private held(kind: ObjectKind, index: number): string {
    const pid = this.holders.get(`${kind} ${index}`);
    return pid === undefined ? `${kind}[${index}]` : `${kind} of ${pid}`;
  }

  /** Of a file: its path, or its descriptor where the path tells nothing; how it is open; who has it. */
  private file(index: number): string {
    const { path, flags } = this.plan.file[index] as Plan['file'][number];
    const descriptor = this.descriptors.get(index);
    const untold = !this.numbered || path.startsWith('anon_inode:');
    if (untold && descriptor !== undefined) return descriptor;
    const pid = this.holders.get(`file ${index}`);
    return `${this.numbered ? path : path.replace(/:\[\d+\]/g, '')} open for ${ACCESS[flags & 3]}${pid === undefined ? '' : ` by ${pid}`}`;
  }

  /** Of what has no name of its own: the first file that leads to it. */
  private through(kind: ObjectKind, index: number, kinds: readonly number[]): string {
    const leading = this.leadingTo(index, kinds);
    const file = leading.find((each) => this.isKnown('file', each)) ?? leading[0];
    return file === undefined ? `${kind}[${index}]` : `${kind} at ${this.file(file)}`;
  }

  private leadingTo(index: number, kinds: readonly number[]): readonly number[] {
    const { file } = this.plan;
    return [...file.keys()].filter(
      (each) => file[each]?.target === index && kinds.includes(file[each]?.kind ?? 0),
    );
  }

  private inode(kind: 'inode' | 'writeback' | 'sharedMemory', index: number): string {
    const { device, inode } = this.plan[kind][index] as { device: number; inode: bigint };
    return `${kind} ${device >> 20}:${device & 0xfffff}:${inode}`;
  }

  /** Of shared memory: a place where it is mapped, or a file. */
  private mapped(index: number): string {
    const { mm } = this.plan;
    const known = [...mm.keys()].sort(
      (a, b) => Number(this.isKnown('mm', b)) - Number(this.isKnown('mm', a)),
    );
    for (const at of known) {
      const vma = mm[at]?.vmas.find(
        ({ kind, backing }) => backing === index && VMA_KIND_TARGET[kind] === 'sharedMemory',
      );
      if (vma) return `sharedMemory at 0x${vma.start.toString(16)} of ${this.held('mm', at)}`;
    }
    return this.named(index) ?? this.through('sharedMemory', index, [FILE_KIND.shared_memory]);
  }

  /** Of a file on a tmpfs: its first name. */
  private named(index: number): string | undefined {
    for (const { path, entries } of this.plan.mount) {
      const entry = entries.find(({ memory }) => memory === index);
      if (entry !== undefined) return `sharedMemory ${path}${entry.path}`;
    }
    return undefined;
  }

  /** Where no file leads to it: by its peer, which has one as a rule. */
  private untold(index: number): string {
    const name = this.through('socket', index, [FILE_KIND.socket]);
    const peer = this.plan.socket[index]?.peer ?? null;
    return name !== `socket[${index}]` || peer === null
      ? name
      : `peer of ${this.through('socket', peer, [FILE_KIND.socket])}`;
  }

  private all(kind: ObjectKind): string[] {
    const rows = this.plan[kind] as readonly unknown[];
    return rows.map((_, index) => this.nameOf(kind, index));
  }

  private nameOf(kind: ObjectKind, index: number): string {
    const { plan } = this;
    switch (kind) {
      case 'process':
        return `process ${plan.process[index]?.pid}`;
      case 'file':
        return this.file(index);
      case 'namespace':
        return `namespace ${plan.namespace[index]?.inode}`;
      case 'inode':
        return this.numbered ? this.inode(kind, index) : `inode ${plan.inode[index]?.path}`;
      case 'writeback':
        return this.inode(kind, index);
      case 'sharedMemory':
        return this.numbered ? this.inode(kind, index) : this.mapped(index);
      case 'pipe':
        return this.numbered
          ? `pipe:[${plan.pipe[index]?.inode}]`
          : this.through(kind, index, [FILE_KIND.pipe, FILE_KIND.fifo]);
      case 'socket':
        return this.numbered ? this.socket(index) : this.untold(index);
      case 'terminal':
        return this.terminal(index);
      case 'storedPage':
        return `page ${crc32(plan.storedPage[index]?.contents ?? '').toString(16)}`;
      case 'swapArea':
        return `swap area ${plan.swapArea[index]?.path}`;
      case 'ramRange':
      case 'reservation':
        return `${kind} 0x${plan[kind][index]?.start.toString(16)}`;
      case 'vdsoImage':
        return `vDSO ${Buffer.from(plan.vdsoImage[index]?.buildId ?? []).toString('hex')}`;
      case 'shmSegment':
      case 'semaphoreSet':
        return `${kind} ${plan[kind][index]?.ipcId}`;
      case 'messageQueue':
        return `messageQueue ${plan.messageQueue[index]?.name || plan.messageQueue[index]?.ipcId}`;
      case 'mount':
        return `tmpfs ${plan.mount[index]?.path}`;
      case 'lock':
        return this.lock(index);
      case 'refusal':
        return `refusal ${plan.refusal[index]?.resource}: ${plan.refusal[index]?.reason}`;
      case 'step':
        return this.step(index);
      case 'eventfd':
      case 'timerfd':
      case 'signalfd':
      case 'inotify':
      case 'epoll':
        return this.through(kind, index, [FILE_KIND[kind]]);
      default:
        return this.held(kind, index);
    }
  }

  private socket(index: number): string {
    const { inode, local, remote } = this.plan.socket[index] as Plan['socket'][number];
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    return inode > 0n ? `socket:[${inode}]` : `connection ${text(local)} from ${text(remote)}`;
  }

  private terminal(index: number): string {
    const { kind, index: number, name } = this.plan.terminal[index] as Plan['terminal'][number];
    return kind === TERMINAL_KIND.pty_master ? `master of pts/${number}` : `terminal ${name}`;
  }

  private lock(index: number): string {
    const { file, start, process } = this.plan.lock[index] as Plan['lock'][number];
    const owner = process === null ? '' : ` by ${this.plan.process[process]?.pid}`;
    return `lock on ${this.file(file)} from ${start}${owner}`;
  }

  private step(index: number): string {
    const { stage, op, object } = this.plan.step[index] as Plan['step'][number];
    const kind = OP_TARGET[op];
    const what = kind === undefined || object === null ? '' : ` ${this.nameOf(kind, object)}`;
    return `step ${STAGE_NAME[stage]} ${OP_NAME[op]}${what}`;
  }
}

/** The second of a name is told apart by its number. */
function unique(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

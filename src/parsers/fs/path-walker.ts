// The walk from a dentry up to a root, across mounts. Mirrors fs/d_path.c's prepend_path, of all eras.
//
// Every prefix is remembered: the files of a machine share most of theirs.

import { type Kva, NULL } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { Kernel } from '../kernel/kernel.js';
import { dentryLayout, dentryName } from './dentry.js';

/**
 * Where a walk ended: at the reader's root; at the top of a mount tree (another namespace's, or one that was
 * unmounted lazily); at a dentry that has left its mount, so that the kernel shows `/`; or it could not go on.
 */
export type PathEnd = 'root' | 'top' | 'escaped' | 'broken';

export interface Prefix {
  /** `/a/b`, '' for the root itself; `?/b` where the walk broke above b. */
  readonly text: string;
  readonly end: PathEnd;
}

interface Step {
  readonly mount: Kva;
  readonly dentry: Kva;
  /** What this step puts behind the prefix of the one above it: `/name`, or '' where it crosses a mount. */
  readonly text: string;
}

const MOUNT = {
  vfs: 'mnt',
  parent: 'mnt_parent',
  mountpoint: 'mnt_mountpoint',
  root: 'mnt.mnt_root',
} as const;

/** Names in a path of PATH_MAX bytes, and as many mounts again. */
const MAX_STEPS = 4096;

export class PathWalker {
  private readonly known = new Map<Kva, Map<Kva, Prefix>>();

  constructor(
    private readonly kernel: Kernel,
    private readonly rootMount: Kva,
    private readonly rootDentry: Kva,
  ) {}

  /** Prefix of `dentry` in the mount whose vfsmount is `mount`. Faults are recorded, not thrown. */
  resolve(mount: Kva, dentry: Kva): Prefix {
    const steps: Step[] = [];
    let top = this.kernel.faults.guard('dentry', () => this.climb(mount, dentry, steps), BROKEN);
    for (let i = steps.length - 1; i >= 0; i--) {
      const step = steps[i] as Step;
      if (step.text !== '') top = { text: top.text + step.text, end: top.end };
      this.remember(step.mount, step.dentry, top);
    }
    return top;
  }

  /** Goes up, noting the steps, to a prefix that is known or to an end. */
  private climb(mount: Kva, dentry: Kva, steps: Step[]): Prefix {
    for (;;) {
      const prefix = this.known.get(mount)?.get(dentry) ?? this.endAt(mount, dentry);
      if (prefix !== null) return prefix;
      if (steps.length >= MAX_STEPS) throw this.endless(mount, dentry, steps);
      [mount, dentry] = this.up(mount, dentry, steps);
    }
  }

  private up(mount: Kva, dentry: Kva, steps: Step[]): [Kva, Kva] {
    const { mem } = this.kernel;
    const at = this.kernel.layout('mount', MOUNT);
    const real = (mount - at.vfs) as Kva;
    if (dentry === mem.ptr(real, at.root)) {
      steps.push({ mount, dentry, text: '' });
      return [(mem.ptr(real, at.parent) + at.vfs) as Kva, mem.ptr(real, at.mountpoint)];
    }
    const name = this.kernel.faults.guard('name', () => dentryName(this.kernel, dentry), '?');
    const parent = mem.ptr(dentry, dentryLayout(this.kernel).parent);
    steps.push({ mount, dentry, text: `/${name}` });
    return [mount, parent];
  }

  /** The prefix of a place from which the kernel does not go up; null where it does. */
  private endAt(mount: Kva, dentry: Kva): Prefix | null {
    if (mount === this.rootMount && dentry === this.rootDentry) return ROOT;
    if (mount === NULL || dentry === NULL) {
      throw new Fault('bad-pointer', `the walk led to a NULL ${mount === NULL ? 'mount' : 'dentry'}`);
    }
    const { mem } = this.kernel;
    const at = this.kernel.layout('mount', MOUNT);
    const real = (mount - at.vfs) as Kva;
    if (dentry === mem.ptr(real, at.root)) return mem.ptr(real, at.parent) === real ? TOP : null;
    return mem.ptr(dentry, dentryLayout(this.kernel).parent) === dentry ? ESCAPED : null;
  }

  /** The fault of a walk without end; of its steps only the first stays, for `?/name`. */
  private endless(mount: Kva, dentry: Kva, steps: Step[]): Fault {
    const back = steps.some((step) => step.mount === mount && step.dentry === dentry);
    const detail = back
      ? 'the parents of a dentry lead back to it'
      : `a path of more than ${MAX_STEPS} names`;
    steps.length = 1;
    return this.kernel.mem.fault(back ? 'loop' : 'bound', detail, dentry);
  }

  private remember(mount: Kva, dentry: Kva, prefix: Prefix): void {
    let within = this.known.get(mount);
    if (within === undefined) this.known.set(mount, (within = new Map()));
    within.set(dentry, prefix);
  }
}

const ROOT: Prefix = { text: '', end: 'root' };
const TOP: Prefix = { text: '', end: 'top' };
const ESCAPED: Prefix = { text: '', end: 'escaped' };
const BROKEN: Prefix = { text: '?', end: 'broken' };

// AppArmor's labels: struct aa_label is one profile or a stack of them (security/apparmor/include/label.h, policy.h,
// cred.h, task.h). Their text is that of aa_label_snxprint() in label.c, seen from the root namespace of policies.

import { type Kva, NULL } from '../../base/address.js';
import type { LabelState } from '../../snapshot/labels.js';
import type { Kernel } from '../kernel/kernel.js';
import { perKernel } from '../kernel/per-kernel.js';
import { credBlob, taskBlob } from './blobs.js';

const LABEL = { proxy: 'proxy', flags: 'flags', size: 'size', profiles: 'vec' } as const;
const PROXY = { label: 'label' } as const;
const PROFILE = { name: 'base.hname', ns: 'ns', mode: 'mode' } as const;
const NAMESPACE = { name: 'base.hname', unconfined: 'unconfined' } as const;
const CONTEXT = { onExec: 'onexec', previous: 'previous' } as const;
/** enum label_flags; these have kept their values since before 5.10. */
const FLAG = { unconfined: 0x2, stale: 0x800 } as const;
/** enum profile_mode, by its numbers, as aa_profile_mode_names has them. */
const MODES = ['enforce', 'complain', 'kill', 'unconfined', 'user'];
const UNCONFINED = 3;
/** Profiles in a stack: each is another one, and a kernel has hundreds. */
const MAX_PROFILES = 4096;

/** A label as /proc/PID/attr/current says it: `unconfined`, `/usr/bin/man (enforce)`. */
export interface AppArmorLabel {
  readonly text: string;
  readonly state: LabelState;
}

interface Profile {
  readonly name: string;
  readonly mode: number;
  /** Null for the root namespace. */
  readonly namespace: string | null;
  /** The profile that a namespace has for what nothing confines. */
  readonly usual: boolean;
}

const known = perKernel(() => new Map<Kva, AppArmorLabel>());

export function labelOfCred(kernel: Kernel, cred: Kva): AppArmorLabel {
  return newest(kernel, kernel.mem.ptr(credBlob(kernel, 'apparmor', cred)));
}

/** aa_change_onexec(2): what confines the task from its next exec on; aa_change_hat(2): what it may go back to. */
export function contextOf(kernel: Kernel, task: Kva) {
  const { mem } = kernel;
  const context = taskBlob(kernel, 'apparmor', task);
  const at = kernel.layout('aa_task_ctx', CONTEXT);
  const text = (label: Kva) => (label === NULL ? null : newest(kernel, label).text);
  return { onExec: text(mem.ptr(context, at.onExec)), previous: text(mem.ptr(context, at.previous)) };
}

/** Of a profile that was replaced or removed the kernel takes the label that its proxy has by now. */
function newest(kernel: Kernel, label: Kva): AppArmorLabel {
  const { mem } = kernel;
  const at = kernel.layout('aa_label', LABEL);
  const stale = (mem.u32(label, at.flags) & FLAG.stale) !== 0;
  const current = stale ? mem.ptr(mem.ptr(label, at.proxy), kernel.layout('aa_proxy', PROXY).label) : label;
  const memo = known(kernel);
  let found = memo.get(current);
  if (found === undefined) memo.set(current, (found = read(kernel, current)));
  return found;
}

function read(kernel: Kernel, label: Kva): AppArmorLabel {
  const { mem } = kernel;
  const at = kernel.layout('aa_label', LABEL);
  const size = mem.u32(label, at.size);
  if (size === 0 || size > MAX_PROFILES)
    throw mem.fault('corrupt', `an AppArmor label of ${size} profiles`, label, at.size);
  const profiles = Array.from({ length: size }, (_, index) =>
    readProfile(kernel, mem.ptr(label, at.profiles + 8 * index)),
  );
  const free = (mem.u32(label, at.flags) & FLAG.unconfined) !== 0;
  return { text: textOf(profiles), state: stateOf(profiles, free) };
}

function readProfile(kernel: Kernel, profile: Kva): Profile {
  const { mem } = kernel;
  const at = kernel.layout('aa_profile', PROFILE);
  const of = kernel.layout('aa_ns', NAMESPACE);
  const ns = mem.ptr(profile, at.ns);
  const root = mem.ptr(kernel.symbol('root_ns'));
  const nameOf = (space: Kva) => mem.cstr(mem.ptr(space, of.name));
  return {
    name: mem.cstr(mem.ptr(profile, at.name)),
    mode: mem.u32(profile, at.mode),
    // The name of a namespace begins with those that it is in, `root//outer//inner`; they are not said.
    namespace: ns === root ? null : nameOf(ns).slice(nameOf(root).length + 2),
    usual: profile === mem.ptr(ns, of.unconfined),
  };
}

function textOf(profiles: readonly Profile[]): string {
  let said: string | null = null;
  const names = profiles.map(({ name, namespace }) => {
    const prefix = namespace === null || namespace === said ? '' : `:${namespace}:`;
    said = namespace ?? said;
    return `${prefix}${name}`;
  });
  const text = names.join('//&');
  // What is unconfined in its namespace has no mode that would be worth a word.
  const modes = new Set(profiles.filter(({ usual }) => !usual).map(({ mode }) => MODES[mode] ?? '?'));
  if (modes.size === 0) return text;
  return `${text} (${modes.size === 1 ? [...modes].join() : 'mixed'})`;
}

function stateOf(profiles: readonly Profile[], free: boolean): LabelState {
  if (!free || profiles.some(({ mode }) => mode !== UNCONFINED)) return 'confined';
  return profiles.every(({ usual, namespace }) => usual && namespace === null) ? 'unconfined' : 'named';
}

// What each process of a plan has: the objects that it leads to, whoever else has them too.
import type { Plan } from './plan.js';
import { FILE_KIND_TARGET } from './records/files.js';
import { VMA_KIND_TARGET } from './records/memory.js';
import type { ObjectKind } from './records/plan.js';

export type ObjectKey = `${ObjectKind} ${number}`;

export const keyOf = (kind: ObjectKind, index: number): ObjectKey => `${kind} ${index}`;

/** Of the process with that index; itself too. Other processes (of pidfds) are not among them. */
export function objectsOf(plan: Plan, index: number): ReadonlySet<ObjectKey> {
  const reached = new Reached(plan);
  const process = plan.process[index];
  if (process === undefined) return reached.keys;
  reached.add('process', index);
  reached.add('sighand', process.sighand);
  reached.add('terminal', process.terminal);
  if (reached.add('mm', process.mm)) {
    for (const { kind, backing } of plan.mm[process.mm as number]?.vmas ?? []) {
      const target = VMA_KIND_TARGET[kind];
      if (target === 'file') reached.file(backing);
      else if (target !== undefined) reached.add(target, backing);
    }
  }
  for (const { files, fs, credentials, namespaces } of process.threads) {
    reached.add('fs', fs);
    reached.add('credentials', credentials);
    reached.add('namespaceSet', namespaces);
    const links = plan.namespaceSet[namespaces as number]?.links ?? [];
    for (const { namespace } of links) reached.add('namespace', namespace);
    if (!reached.add('fileTable', files)) continue;
    for (const { file } of plan.fileTable[files as number]?.descriptors ?? []) reached.file(file);
  }
  for (const [at, lock] of plan.lock.entries()) if (lock.process === index) reached.add('lock', at);
  return reached.keys;
}

/** Indices of the processes that have each object, in order. */
export function holdersOf(plan: Plan): ReadonlyMap<ObjectKey, readonly number[]> {
  const found = new Map<ObjectKey, number[]>();
  for (const index of plan.process.keys()) {
    for (const key of objectsOf(plan, index)) {
      const list = found.get(key);
      if (list) list.push(index);
      else found.set(key, [index]);
    }
  }
  return found;
}

class Reached {
  readonly keys = new Set<ObjectKey>();

  constructor(private readonly plan: Plan) {}

  /** Whether it is new. */
  add(kind: ObjectKind, index: number | null): boolean {
    if (index === null || this.keys.has(keyOf(kind, index))) return false;
    this.keys.add(keyOf(kind, index));
    return true;
  }

  /** An open file description and what it leads to. */
  file(index: number | null): void {
    if (!this.add('file', index)) return;
    const file = this.plan.file[index as number];
    const kind = file && FILE_KIND_TARGET[file.kind];
    if (kind !== undefined && kind !== 'process') this.add(kind, file?.target ?? null);
  }
}

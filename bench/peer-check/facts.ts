// What is compared: two accounts of one dump, ours and drgn's, each as subjects (a task, a VMA, a socket …) with fields
// of the same names in the same notation.

import type { Kernel } from '../../src/parsers/kernel/kernel.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import type { Oracle } from './oracle.js';

export type Value = string | number | boolean | null | readonly Value[];

export interface Subject {
  /** For a reader: `127 mariadbd fd 3`. */
  readonly label: string;
  /** What an explanation may ask for: `running`, `kernel thread`. */
  readonly tags: readonly string[];
  readonly fields: Readonly<Record<string, Value>>;
}

/** By what both sides know a subject by, mostly its kernel address. */
export type Account = ReadonlyMap<string, Subject>;

export interface Ours {
  readonly snapshot: Snapshot;
  /** For what no snapshot holds: symbols and types. */
  readonly kernel: Pick<Kernel, 'symbols' | 'types' | 'mem'>;
}

export interface Kind {
  readonly name: string;
  /** May look at the other side for what to look up (names of types), never for an answer. */
  readonly ours: (ours: Ours, oracle: Oracle) => Account;
  readonly theirs: (oracle: Oracle) => Account;
}

export function subject(label: string, fields: Subject['fields'], tags: readonly string[] = []): Subject {
  return { label, fields, tags };
}

export function account<T>(
  items: Iterable<T>,
  describe: (item: T) => readonly [string, Subject] | null,
): Account {
  const found = new Map<string, Subject>();
  for (const item of items) {
    const entry = describe(item);
    if (entry !== null) found.set(entry[0], entry[1]);
  }
  return found;
}

/** Numbers of any width as text. */
export function text(value: number | string | bigint | null): string | null {
  return value === null ? null : String(value);
}

export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** dev_t as `major:minor`. */
export function device(value: number): string {
  return `${Math.floor(value / 2 ** 20)}:${value % 2 ** 20}`;
}

/** The oracle writes bytes as latin-1; what we read of them is UTF-8. */
export function utf8(latin: string): string {
  return Buffer.from(latin, 'latin1').toString('utf8');
}

export function utf8OrNull(latin: string | null): string | null {
  return latin === null ? null : utf8(latin);
}

// Traits: where kernels differ. A trait is a question with one answer per era, newest first; the era is recognised by
// what the kernel's own types and symbols contain, never by its version number.

import { Fault } from '../../base/fault.js';
import type { KernelMemory } from '../paging/kernel-memory.js';
import type { SymbolSource } from '../symbols/symbols.js';
import type { TypeSource } from '../types/types.js';

export interface Era<R> {
  /** Short, for `info`: `maple tree`. */
  readonly name: string;
  /** First release that has it, for the reader of `info` only. */
  readonly since: string;
  /** Upstream commit that introduced it, 12 hex digits; null for what has been there since before 5.10. */
  readonly commit: string | null;
  /** What is looked for, for `info`: `mm_struct.mm_mt`. */
  readonly evidence: string;
  /** Reads memory only where an era changed what numbers mean, and no type or symbol with it. */
  readonly probe: (types: TypeSource, symbols: SymbolSource, mem: KernelMemory) => boolean;
  readonly reader: R;
}

export interface Trait<R> {
  readonly name: string;
  readonly eras: readonly Era<R>[];
}

export interface ResolvedTrait<R> {
  readonly trait: Trait<R>;
  readonly era: Era<R>;
}

/** The newest era whose probe holds; an `unknown` fault when none does. */
export function resolveTrait<R>(
  trait: Trait<R>,
  types: TypeSource,
  symbols: SymbolSource,
  mem: KernelMemory,
): ResolvedTrait<R> {
  for (const era of trait.eras) {
    if (era.probe(types, symbols, mem)) return { trait, era };
  }
  const known = trait.eras.map((era) => era.evidence).join(', ');
  throw new Fault('unknown', `${trait.name}: this kernel has none of the known layouts (${known})`);
}

/** Probe for the usual case: a member exists. */
export function hasMember(path: string): (types: TypeSource) => boolean {
  return (types) => types.member(path) !== undefined;
}

export function hasSymbol(name: string): (types: TypeSource, symbols: SymbolSource) => boolean {
  return (_types, symbols) => symbols.address(name) !== undefined;
}

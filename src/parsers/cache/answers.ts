// What was asked about one kernel build, and the answers: symbols as offsets from _text, members, sizes, enumerators;
// that something is absent is an answer too. Small (some thousand entries) where the tables themselves are megabytes.

import type { Member } from '../types/types.js';

/** Raised whenever the meaning of an entry changes; files of another version are not read. */
export const ANSWERS_VERSION = 1;
const FORMAT = 'otherworld answers';

/** Distance from _text, an absolute value (per-CPU before 6.15), or none. */
export type SymbolAnswer = { readonly text: number } | { readonly absolute: number } | null;
export type NearAnswer = { readonly name: string; readonly offset: number } | null;

export interface BuildFacts {
  readonly buildId: string;
  /** linux_banner, whole. */
  readonly banner: string;
  /** The text by which the start of .rodata is recognised, and _text's distance from there. */
  readonly head: string;
  readonly textFromHead: number;
  /** How many symbols kallsyms has. */
  readonly symbolCount: number;
}

type Scalar = number | string | null;
type Tuple = readonly (number | null)[];

/** The file: JSON, documented in symbols/README.md. */
interface Stored extends BuildFacts {
  readonly format: string;
  readonly version: number;
  readonly symbols: Record<string, Scalar>;
  readonly near: Record<string, Scalar>;
  readonly members: Record<string, Tuple | null>;
  readonly sizes: Record<string, Scalar>;
  readonly enumerators: Record<string, Scalar>;
}

export class Answers {
  readonly symbols = new Map<string, SymbolAnswer>();
  /** By distance from _text. */
  readonly near = new Map<number, NearAnswer>();
  readonly members = new Map<string, Member | null>();
  readonly sizes = new Map<string, number | null>();
  readonly enumerators = new Map<string, number | null>();

  constructor(readonly facts: BuildFacts) {}

  /** Entries in all maps: it only grows, so it tells whether there is something new to write. */
  get size(): number {
    const { symbols, near, members, sizes, enumerators } = this;
    return symbols.size + near.size + members.size + sizes.size + enumerators.size;
  }

  toJson(): string {
    const stored: Stored = {
      format: FORMAT,
      version: ANSWERS_VERSION,
      ...this.facts,
      symbols: record(this.symbols, packSymbol),
      near: record(this.near, (near) => near && `${near.name}+${near.offset}`),
      members: record(this.members, packMember),
      sizes: record(this.sizes, (size) => size),
      enumerators: record(this.enumerators, (value) => value),
    };
    return JSON.stringify(stored);
  }

  /** Throws an error that says what is wrong with the text. */
  static fromJson(text: string): Answers {
    const stored = JSON.parse(text) as Stored;
    if (stored?.format !== FORMAT) throw new Error('no answers file');
    if (stored.version !== ANSWERS_VERSION) throw new Error(`version ${stored.version}`);
    const answers = new Answers(checkedFacts(stored));
    fill(answers.symbols, stored.symbols, unpackSymbol);
    fill(answers.near, stored.near, unpackNear, Number);
    fill(answers.members, stored.members, unpackMember);
    fill(answers.sizes, stored.sizes, unpackNumber);
    fill(answers.enumerators, stored.enumerators, unpackNumber);
    return answers;
  }
}

function checkedFacts({ buildId, banner, head, textFromHead, symbolCount }: Stored): BuildFacts {
  const texts = [buildId, banner, head].every((value) => typeof value === 'string' && value !== '');
  if (!texts || !Number.isInteger(textFromHead) || !Number.isInteger(symbolCount)) {
    throw new Error('facts about the build are missing');
  }
  return { buildId, banner, head, textFromHead, symbolCount };
}

function record<K, V, P>(map: Map<K, V>, pack: (value: V) => P): Record<string, P> {
  return Object.fromEntries(Array.from(map, ([key, value]) => [String(key), pack(value)]));
}

function fill<K, V, P>(
  map: Map<K, V>,
  stored: Record<string, P>,
  unpack: (value: P) => V,
  key: (text: string) => K = (text) => text as K,
): void {
  if (typeof stored !== 'object' || stored === null) throw new Error('a section is missing');
  for (const name of Object.keys(stored)) map.set(key(name), unpack(stored[name] as P));
}

/** Absolute values as text, so that they cannot be taken for distances. */
function packSymbol(answer: SymbolAnswer): Scalar {
  if (answer === null) return null;
  return 'text' in answer ? answer.text : String(answer.absolute);
}

function unpackSymbol(value: Scalar): SymbolAnswer {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return { text: value };
  if (typeof value === 'string' && /^-?\d+$/.test(value)) return { absolute: Number(value) };
  throw new Error(`impossible symbol value ${value}`);
}

function unpackNear(value: Scalar): NearAnswer {
  if (value === null) return null;
  const match = /^(\S+)\+(\d+)$/.exec(String(value));
  if (match === null) throw new Error(`impossible symbol ${value}`);
  return { name: match[1] as string, offset: Number(match[2]) };
}

function packMember(member: Member | null): Tuple | null {
  if (member === null) return null;
  const { offset, size, bits, count } = member;
  if (bits) return [offset, size, count, bits.offset, bits.width];
  return count === null ? [offset, size] : [offset, size, count];
}

function unpackMember(value: Tuple | null): Member | null {
  if (value === null) return null;
  const { 0: offset, 1: size, 2: count = null, 3: bit = null, 4: width = null } = value;
  if (![offset, size, count ?? 0, bit ?? 0, width ?? 0].every(Number.isSafeInteger)) {
    throw new Error('impossible member');
  }
  const bits = bit === null || width === null ? null : { offset: bit, width };
  return { offset: offset as number, size: size as number, bits, count };
}

function unpackNumber(value: Scalar): number | null {
  if (value === null || Number.isSafeInteger(value)) return value as number | null;
  throw new Error(`impossible number ${value}`);
}

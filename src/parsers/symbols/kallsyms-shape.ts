// Where the kallsyms tables lie in a stretch of memory, and in which of their layouts (kernel/kallsyms.c,
// scripts/kallsyms.c). The data decides, not a version: every table is checked before it is believed.
//
//   until 6.3   offsets, relative_base, num_syms, names, markers, [seqs_of_names], token_table, token_index
//   404bad70fcf7 (6.4)   num_syms, names, markers, token_table, token_index, offsets, relative_base, seqs_of_names
//   a081b5789255 (7.0)   the same without relative_base: an offset counts from its own place in memory
//   60443c88f3a8, 19bd8981dc2e (6.2, in 6.1.y too)   seqs_of_names: symbol numbers in the order of names, 3 bytes each
//   01157ddc58dc (6.15)   no absolute symbols any more: until then, an offset that is not negative was a value

import { TOKENS, type Tokens, tokenTables } from './kallsyms-tokens.js';
import type { Stretch } from './stretch.js';

/** How an entry of `kallsyms_offsets` becomes an address. */
export type OffsetRule =
  | 'absolute-percpu' // ≥ 0: the value itself; < 0: base − 1 − value
  | 'base' // base + unsigned value
  | 'place'; // address of the entry + signed value

/** Positions are in the stretch's `data`. */
export interface KallsymsShape {
  readonly count: number;
  readonly names: number;
  readonly markers: number;
  readonly tokenTable: number;
  readonly tokenIndex: number;
  readonly offsets: number;
  readonly rule: OffsetRule;
  /** Run-time value of `kallsyms_relative_base`; null where the rule is `place`. */
  readonly base: bigint | null;
  /** `kallsyms_seqs_of_names`, or null where the kernel has none. */
  readonly seqs: number | null;
}

/** The first complete set of tables in a stretch, its token "0" at `digits` if that is given. */
export function findKallsyms(stretch: Stretch, digits?: number): KallsymsShape | undefined {
  for (const tokens of tokenTables(stretch, digits)) {
    const named = findNames(stretch, tokens);
    const shape = named && findOffsets(stretch, named);
    if (shape) return shape;
  }
  return undefined;
}

interface Named extends Tokens {
  readonly count: number;
  readonly countAt: number;
  readonly names: number;
  readonly markers: number;
}

const GROUP = 256;
const MIN_ENTRY = 2;
const MAX_GROUP = GROUP * 256;
/** Fewer groups than this (4096 symbols) is no kernel; a run of so many plausible markers is no accident. */
const MIN_RUN = 16;
const MAX_COUNT = 2 ** 21;

/** Markers and names, which precede the token table in every layout. */
function findNames(stretch: Stretch, tokens: Tokens): Named | undefined {
  const { view } = stretch;
  const lowest = Math.max(0, tokens.tokenTable - MAX_COUNT * 4);
  for (let at = (tokens.tokenTable & ~3) - 4 * MIN_RUN; at >= lowest; at -= 4) {
    if (view.getUint32(at, true) !== 0) continue;
    const run = markerRun(view, at, tokens.tokenTable);
    if (run < MIN_RUN) continue;
    const named = namesBefore(stretch, tokens, at, run);
    if (named) return named;
  }
  return undefined;
}

/** How many values from `at` on rise as markers do. */
function markerRun(view: DataView, at: number, end: number): number {
  let run = 1;
  let last = 0;
  for (let p = at + 4; p + 4 <= end; p += 4, run++) {
    const step = view.getUint32(p, true) - last;
    if (step < GROUP * MIN_ENTRY || step > MAX_GROUP) break;
    last += step;
  }
  return run;
}

/**
 * Names end where the markers begin, but for padding. What their last group takes is not known, so every start it
 * allows is tried; the symbol count before it and the walk through the names decide.
 */
function namesBefore(stretch: Stretch, tokens: Tokens, markers: number, run: number): Named | undefined {
  const { view } = stretch;
  for (let groups = run; groups >= Math.max(MIN_RUN, run - 1); groups--) {
    const last = view.getUint32(markers + (groups - 1) * 4, true);
    const lowest = Math.max(8, markers - last - MAX_GROUP);
    for (let names = markers - ((last + 3) & ~3); names >= lowest; names -= 4) {
      for (const countAt of [names - 8, names - 4]) {
        const count = view.getUint32(countAt, true);
        if (Math.ceil(count / GROUP) !== groups) continue;
        const named = { ...tokens, names, markers, count, countAt };
        if (namesAgree(stretch, named)) return named;
      }
    }
  }
  return undefined;
}

/** Length of the entry at `at`, its length bytes included. Since 73bbb94466fd (6.1) a length may take two bytes. */
export function entryBytes(data: Uint8Array, at: number): number {
  const first = data[at] as number;
  return first < 0x80 ? first + 1 : (first & 0x7f) + ((data[at + 1] as number) << 7) + 2;
}

function namesAgree({ data, view }: Stretch, { names, markers, count }: Named): boolean {
  let at = names;
  for (let i = 0; i < count; i++) {
    if (at >= markers) return false;
    if (i % GROUP === 0 && view.getUint32(markers + (i / GROUP) * 4, true) !== at - names) return false;
    at += entryBytes(data, at);
  }
  return at <= markers && markers - at < 8;
}

const aligned = (at: number, bytes: number) => Math.ceil(at / bytes) * bytes;

/** Offsets, base and seqs: each layout is tried, and taken when the addresses it gives rise from first to last. */
function findOffsets(stretch: Stretch, named: Named): KallsymsShape | undefined {
  const { tokenTable, tokenIndex, names, markers, count, countAt } = named;
  const bytes = count * 4;
  const behind = tokenIndex + TOKENS * 2;
  const groups = Math.ceil(count / GROUP);
  const before = countAt - 8 - aligned(bytes, 8);
  const after = aligned(behind, 8);
  const tables = { tokenTable, tokenIndex, names, markers, count };
  const layouts: [offsets: number, baseAt: number | null, seqs: number][] = [
    [after, after + aligned(bytes, 8), after + aligned(bytes, 8) + 8],
    [before, before + aligned(bytes, 8), aligned(markers + groups * 4, 8)],
    [aligned(behind, 4), null, aligned(behind, 4) + bytes],
  ];
  for (const [offsets, baseAt, seqsAt] of layouts) {
    if (offsets < 0 || Math.max(offsets + bytes, (baseAt ?? 0) + 8) > stretch.data.length) continue;
    const base = baseAt === null ? null : stretch.view.getBigUint64(baseAt, true);
    const rule = offsetRule(stretch.view, offsets, count, base);
    if (rule === undefined) continue;
    const seqs = isPermutation(stretch.data, seqsAt, count) ? seqsAt : null;
    return { ...tables, offsets, rule, base, seqs };
  }
  return undefined;
}

const KERNEL_TEXT = 0xffff_ffff_8000_0000n;

function offsetRule(view: DataView, at: number, count: number, base: bigint | null): OffsetRule | undefined {
  // Text comes before .rodata: what counts from its own place begins below it.
  if (base === null)
    return view.getInt32(at, true) < 0 && rises(view, at, count, 'place') ? 'place' : undefined;
  if (base < KERNEL_TEXT) return undefined;
  if (view.getInt32(at + (count - 1) * 4, true) < 0) {
    return rises(view, at, count, 'absolute-percpu') ? 'absolute-percpu' : undefined;
  }
  return rises(view, at, count, 'base') ? 'base' : undefined;
}

/** Address of entry `i`, less the base (of `place`, less the address of the first entry). */
export function relativeValue(view: DataView, offsets: number, i: number, rule: OffsetRule): number {
  const at = offsets + i * 4;
  if (rule === 'place') return i * 4 + view.getInt32(at, true);
  if (rule === 'base') return view.getUint32(at, true);
  return -1 - view.getInt32(at, true);
}

/** Symbols are sorted by address; absolute ones, whose relative value is negative, count down from the front. */
function rises(view: DataView, offsets: number, count: number, rule: OffsetRule): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = relativeValue(view, offsets, i, rule);
    if (value < 0 && rule === 'absolute-percpu') {
      if (last >= 0 || (i > 0 && value > last)) return false;
    } else if (value < last) return false;
    last = value;
  }
  return true;
}

/** Whether the 3-byte numbers (19bd8981dc2e) are each symbol's number once. */
function isPermutation(data: Uint8Array, at: number, count: number): boolean {
  if (at + count * 3 > data.length) return false;
  const seen = new Uint8Array(count);
  for (let i = 0, p = at; i < count; i++, p += 3) {
    const value = ((data[p] as number) << 16) | ((data[p + 1] as number) << 8) | (data[p + 2] as number);
    if (value >= count || seen[value]) return false;
    seen[value] = 1;
  }
  return true;
}

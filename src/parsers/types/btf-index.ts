// One pass over a BTF blob: where each type lies, and which named ones can be asked for. All else is read on demand.
//
// Owns the blob's bytes. In split BTF (a module's) ids and string offsets go on where those of the base end
// (951bb64621b8); every method here takes ids and offsets of that common space.

import {
  type BtfHeader,
  corrupt,
  countOf,
  isKnown,
  KIND,
  type KindSizes,
  kindOf,
  kindSizes,
  MEMBER_WORDS,
  readHeader,
  TYPE_WORDS,
} from './btf-format.js';
import { NameTable } from './name-table.js';

/** Kinds that can be asked for by name; enums, too, without one, for their enumerators. */
const IS_LISTED = new Uint8Array(128);
for (const kind of [KIND.struct, KIND.union, KIND.enum, KIND.enum64, KIND.typedef, KIND.int, KIND.float]) {
  IS_LISTED[kind] = 1;
}
const IS_ENUM = new Uint8Array(128);
IS_ENUM[KIND.enum] = IS_ENUM[KIND.enum64] = 1;

export class BtfIndex {
  readonly header: BtfHeader;
  /** First own id; below it are the base's. Id 0 is void. */
  readonly firstId: number;
  /** One more than the last id. */
  readonly endId: number;
  private readonly words: Uint32Array;
  private readonly strings: Uint8Array;
  private readonly stringBase: number;
  private readonly stringEnd: number;
  /** Position in `words` of each own type. */
  private readonly at: Uint32Array;
  /** Places in `at` of the types that can be asked for. */
  private readonly listed: Uint32Array;
  private readonly names: NameTable;
  private enumerators: NameTable | undefined;

  constructor(
    readonly blob: Uint8Array,
    readonly base: BtfIndex | null,
  ) {
    const header = readHeader(blob);
    if (header.bytes > blob.length) throw corrupt(`${header.bytes} bytes by its header, ${blob.length} here`);
    this.header = header;
    this.words = wordsOf(blob, header);
    this.strings = blob.subarray(header.strings, header.strings + header.stringBytes);
    this.stringBase = base?.stringEnd ?? 0;
    this.stringEnd = this.stringBase + header.stringBytes;
    this.firstId = base?.endId ?? 1;
    const found = scan(this.words, kindSizes(blob, header));
    this.at = found.at;
    this.endId = this.firstId + found.at.length;
    this.listed = found.listed;
    this.names = this.enterNames();
  }

  /** btf_type.info. */
  info(id: number): number {
    return this.word(id, 1);
  }

  kind(id: number): number {
    return id === 0 ? KIND.void : kindOf(this.word(id, 1));
  }

  /** btf_type.size or btf_type.type. */
  third(id: number): number {
    return this.word(id, 2);
  }

  nameOffset(id: number): number {
    return id === 0 ? 0 : this.word(id, 0);
  }

  /** The `n`th word of a type's record and of what follows it. */
  word(id: number, n: number): number {
    if (id < this.firstId && this.base !== null) return this.base.word(id, n);
    const at = this.at[id - this.firstId];
    if (at === undefined) throw corrupt(`no type ${id}`);
    return this.words[at + n] as number;
  }

  string(offset: number): string {
    if (offset < this.stringBase) return (this.base as BtfIndex).string(offset);
    const from = offset - this.stringBase;
    if (from >= this.strings.length) throw corrupt(`no string ${offset}`);
    const end = this.strings.indexOf(0, from);
    const { buffer, byteOffset, length } = this.strings;
    return Buffer.from(buffer, byteOffset, length).toString('latin1', from, end < 0 ? length : end);
  }

  /** Whether the string at `offset` is `text`, without making it. */
  isString(offset: number, text: string): boolean {
    if (offset < this.stringBase) return (this.base as BtfIndex).isString(offset, text);
    const { strings } = this;
    const from = offset - this.stringBase;
    for (let i = 0; i < text.length; i++) {
      if (strings[from + i] !== text.charCodeAt(i)) return false;
    }
    return !strings[from + text.length];
  }

  /** Index of the first member of a struct, from `n` on, that is called `name` or has no name; -1 when none is. */
  findMember(id: number, name: string, n: number): number {
    if (id < this.firstId && this.base !== null) return this.base.findMember(id, name, n);
    const { words, strings, stringBase } = this;
    const start = (this.at[id - this.firstId] as number) + TYPE_WORDS;
    const end = start + countOf(this.info(id)) * MEMBER_WORDS;
    const first = name.charCodeAt(0);
    for (let at = start + n * MEMBER_WORDS; at < end; at += MEMBER_WORDS) {
      const offset = words[at] as number;
      // The first letter tells most names apart at no cost; this loop is where a member look-up spends its time.
      if (offset !== 0 && offset >= stringBase && strings[offset - stringBase] !== first) continue;
      if (offset === 0 || this.isString(offset, name)) return (at - start) / MEMBER_WORDS;
    }
    return -1;
  }

  /** Ids of the types of a name: own ones before the base's, each in the order of the blob. */
  named(name: string): number[] {
    const own = this.names.find(name).filter((id) => this.isString(this.nameOffset(id), name));
    return this.base === null ? own : [...own, ...this.base.named(name)];
  }

  /** Id of the enum and index of the enumerator of a name; undefined where there is none. */
  enumerator(name: string): readonly [id: number, index: number] | undefined {
    this.enumerators ??= this.enterEnumerators();
    for (const at of this.enumerators.find(name)) {
      if (this.isString(this.words[at] as number, name)) return this.enumeratorOf(at);
    }
    return this.base?.enumerator(name);
  }

  private enterNames(): NameTable {
    const { words, at, listed } = this;
    const table = new NameTable(listed.length);
    for (const local of listed) {
      const offset = words[at[local] as number] as number;
      if (offset !== 0) this.enter(table, offset, this.firstId + local);
    }
    return table;
  }

  private enter(table: NameTable, offset: number, value: number): void {
    const owner = offset < this.stringBase ? (this.base as BtfIndex) : this;
    table.add(owner.strings, offset - owner.stringBase, value);
  }

  /** Enumerators by name, each as its position in `words`. */
  private enterEnumerators(): NameTable {
    const { words } = this;
    const places: number[] = [];
    for (const local of this.listed) {
      const type = this.at[local] as number;
      const info = words[type + 1] as number;
      const kind = kindOf(info);
      if (IS_ENUM[kind] === 0) continue;
      const end = enumeratorAt(kind, countOf(info));
      for (let n = TYPE_WORDS; n < end; n += enumeratorWords(kind)) places.push(type + n);
    }
    const table = new NameTable(places.length);
    for (const place of places) this.enter(table, words[place] as number, place);
    return table;
  }

  /** The enum whose record has an enumerator at `place`: the last type that begins before it. */
  private enumeratorOf(place: number): readonly [id: number, index: number] {
    let [low, high] = [0, this.at.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.at[middle] as number) <= place) low = middle;
      else high = middle;
    }
    const type = this.at[low] as number;
    const each = enumeratorWords(kindOf(this.words[type + 1] as number));
    return [this.firstId + low, (place - type - TYPE_WORDS) / each];
  }
}

/** Where in an enum's record its `index`th enumerator (struct btf_enum or btf_enum64) begins. */
export function enumeratorAt(kind: number, index: number): number {
  return TYPE_WORDS + index * enumeratorWords(kind);
}

function enumeratorWords(kind: number): number {
  return kind === KIND.enum64 ? 3 : 2;
}

function wordsOf(blob: Uint8Array, header: BtfHeader): Uint32Array {
  const from = blob.byteOffset + header.types;
  if ((from & 3) === 0) return new Uint32Array(blob.buffer, from, header.typeBytes >>> 2);
  return new Uint32Array(blob.slice(header.types, header.types + header.typeBytes).buffer);
}

/** The one pass. `listed` holds the places in `at` of types that can be asked for. */
function scan(words: Uint32Array, sizes: KindSizes): { at: Uint32Array; listed: Uint32Array } {
  const { once, each } = sizes;
  const most = Math.floor(words.length / TYPE_WORDS);
  const at = new Uint32Array(most);
  const listed = new Uint32Array(most);
  let [types, count, here] = [0, 0, 0];
  while (here + TYPE_WORDS <= words.length) {
    const info = words[here + 1] as number;
    const kind = kindOf(info);
    if (!isKnown(sizes, kind)) throw corrupt(`type ${types + 1} is of the unknown kind ${kind}`);
    if (IS_LISTED[kind] === 1 && (words[here] !== 0 || IS_ENUM[kind] === 1)) listed[count++] = types;
    at[types++] = here;
    here += TYPE_WORDS + (once[kind] as number) + (each[kind] as number) * countOf(info);
  }
  if (here !== words.length) throw corrupt(`type ${types} reaches beyond the type section`);
  return { at: at.subarray(0, types), listed: listed.slice(0, count) };
}

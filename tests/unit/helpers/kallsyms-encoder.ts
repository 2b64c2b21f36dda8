// Makes kallsyms tables as scripts/kallsyms.c of each era does, from a list of symbols.

export interface MadeSymbol {
  readonly name: string;
  readonly type: string;
  /** Run-time address in signed form; per-CPU offsets are ≥ 0. */
  readonly address: number;
}

/** `5.10`, `6.2` (with seqs), `6.4` (new order), `6.15` (no absolute symbols), `7.0` (place-relative). */
export type KallsymsEra = '5.10' | '6.2' | '6.4' | '6.15' | '7.0';

interface Place {
  /** Run-time minus physical address of the tables. */
  readonly slide: number;
  readonly phys: number;
}

/** Bytes of the tables when they begin at `place.phys`; symbols sorted by address, absolute ones first. */
export function encodeKallsyms(symbols: readonly MadeSymbol[], era: KallsymsEra, place: Place): Uint8Array {
  const tokens = tokenTable(symbols);
  const { names, markers } = encodeNames(symbols, tokens);
  const base = symbols.find(({ address }) => address < 0)?.address ?? 0;
  const packed = era === '7.0' ? 4 : 8;
  const out = new Writer(packed);
  const offsets = () => {
    out.align();
    const start = place.phys + out.length + place.slide;
    symbols.forEach(({ address }, i) => {
      out.u32(offsetOf(era, address, base, start + i * 4));
    });
  };
  const relativeBase = () => {
    if (era === '7.0') return;
    out.align();
    out.u64(BigInt.asUintN(64, BigInt(base)));
  };
  const seqs = () => {
    if (era === '5.10') return;
    out.align();
    for (const index of byName(symbols)) out.bytes([index >> 16, (index >> 8) & 255, index & 255]);
  };
  const old = era === '5.10' || era === '6.2';
  if (old) {
    offsets();
    relativeBase();
  }
  out.align();
  out.u32(symbols.length);
  out.align();
  out.bytes(names);
  out.align();
  for (const marker of markers) out.u32(marker);
  if (old) seqs();
  out.align();
  out.bytes(tokens.table);
  out.align();
  for (const index of tokens.index) out.bytes([index & 255, index >> 8]);
  if (!old) {
    offsets();
    relativeBase();
    seqs();
  }
  return out.toBytes();
}

function offsetOf(era: KallsymsEra, address: number, base: number, place: number): number {
  if (era === '7.0') return (address - place) >>> 0;
  if (era === '6.15') return (address - base) >>> 0;
  return (address >= 0 ? address : base - address - 1) >>> 0;
}

/** Order of names as in kallsyms_seqs_of_names: by name, then by address. */
function byName(symbols: readonly MadeSymbol[]): number[] {
  const compare = (a: number, b: number) => {
    const [x, y] = [symbols[a] as MadeSymbol, symbols[b] as MadeSymbol];
    if (x.name === y.name) return a - b;
    return x.name < y.name ? -1 : 1;
  };
  return symbols.map((_, i) => i).sort(compare);
}

const SUBSTITUTES = ['Tsys_', 'read_', 'init_', '__start_', 'ing', 'Dpage', 'er', 'symbol_'];

interface Tokens {
  readonly table: number[];
  readonly index: number[];
  /** Code of each multi-character token. */
  readonly codes: Map<string, number>;
}

/** Used characters stand for themselves; unused codes for substrings, or for nothing. */
function tokenTable(symbols: readonly MadeSymbol[]): Tokens {
  const used = new Set([...'0123456789'].map((digit) => digit.charCodeAt(0)));
  for (const { type, name } of symbols) for (const char of type + name) used.add(char.charCodeAt(0));
  const codes = new Map<string, number>();
  const table: number[] = [];
  const index: number[] = [];
  const rest = [...SUBSTITUTES];
  for (let code = 0; code < 256; code++) {
    index.push(table.length);
    const text = used.has(code) ? String.fromCharCode(code) : (rest.shift() ?? '');
    if (text.length > 1) codes.set(text, code);
    table.push(...Buffer.from(`${text}\0`, 'latin1'));
  }
  return { table, index, codes };
}

function encodeNames(symbols: readonly MadeSymbol[], { codes }: Tokens) {
  const names: number[] = [];
  const markers: number[] = [];
  symbols.forEach(({ type, name }, i) => {
    if (i % 256 === 0) markers.push(names.length);
    const packed = pack(type + name, codes);
    if (packed.length < 0x80) names.push(packed.length);
    else names.push((packed.length & 0x7f) | 0x80, packed.length >> 7);
    names.push(...packed);
  });
  return { names, markers };
}

function pack(text: string, codes: Map<string, number>): number[] {
  const out: number[] = [];
  for (let i = 0; i < text.length; ) {
    const token = [...codes.keys()].find((one) => text.startsWith(one, i));
    out.push(token === undefined ? text.charCodeAt(i) : (codes.get(token) as number));
    i += token?.length ?? 1;
  }
  return out;
}

class Writer {
  private readonly data: number[] = [];

  constructor(private readonly alignment: number) {}

  get length(): number {
    return this.data.length;
  }

  align(): void {
    while (this.data.length % this.alignment !== 0) this.data.push(0);
  }

  bytes(values: Iterable<number>): void {
    for (const value of values) this.data.push(value);
  }

  u32(value: number): void {
    this.bytes([value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]);
  }

  u64(value: bigint): void {
    this.u32(Number(value & 0xffff_ffffn));
    this.u32(Number(value >> 32n));
  }

  toBytes(): Uint8Array {
    return Uint8Array.from(this.data);
  }
}

// The BTF format, as in Documentation/bpf/btf.rst and include/uapi/linux/btf.h: header, kinds, and how long each is.

import { Fault } from '../../base/fault.js';

export const KIND = {
  void: 0,
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  funcProto: 13,
  var: 14,
  datasec: 15,
  float: 16, // b1828f0b0482
  declTag: 17, // b5ea834dde6b
  typeTag: 18, // 8c42d2fa4eea
  enum64: 19, // 6089fb325cf7
} as const;

/** btf_type.info. Kinds and counts were narrower before the layout section came; the bits between were zero. */
export const kindOf = (info: number) => (info >>> 24) & 0x7f;
export const countOf = (info: number) => info & 0xff_ffff;
export const flagOf = (info: number) => info >>> 31 === 1;

/** struct btf_type: name offset, info, size or type. */
export const TYPE_WORDS = 3;
/** struct btf_member: name offset, type, bit offset (with kind_flag: width in the top byte). */
export const MEMBER_WORDS = 3;
const KINDS = 128;
const UNKNOWN = 0xff;

/** What follows a btf_type, by kind, in words: once, and for each of its `countOf` elements. */
export interface KindSizes {
  readonly once: Uint8Array;
  readonly each: Uint8Array;
}

const FOLLOWS: readonly (readonly [kind: number, once: number, each: number])[] = [
  [KIND.int, 1, 0],
  [KIND.ptr, 0, 0],
  [KIND.array, 3, 0],
  [KIND.struct, 0, MEMBER_WORDS],
  [KIND.union, 0, MEMBER_WORDS],
  [KIND.enum, 0, 2],
  [KIND.fwd, 0, 0],
  [KIND.typedef, 0, 0],
  [KIND.volatile, 0, 0],
  [KIND.const, 0, 0],
  [KIND.restrict, 0, 0],
  [KIND.func, 0, 0], // its count is the linkage
  [KIND.funcProto, 0, 2],
  [KIND.var, 1, 0],
  [KIND.datasec, 0, 3],
  [KIND.float, 0, 0],
  [KIND.declTag, 1, 0],
  [KIND.typeTag, 0, 0],
  [KIND.enum64, 0, 3],
];

export interface BtfHeader {
  /** Absolute positions in the blob. */
  readonly types: number;
  readonly typeBytes: number;
  readonly strings: number;
  readonly stringBytes: number;
  readonly layout: number;
  readonly layoutBytes: number;
  /** Length of the whole blob by its header. */
  readonly bytes: number;
}

const MAGIC = 0xeb9f;
export const HEADER_BYTES = 24;
/** hdr_len from which on the header has layout_off and layout_len. */
const HEADER_WITH_LAYOUT = 32;
/** A kernel's BTF is a few MiB; a header that claims more than this is noise. */
const MAX_BYTES = 256 << 20;

/** Reads struct btf_header from a blob's first bytes (the rest need not be there yet); a fault when it is none. */
export function readHeader(start: Uint8Array): BtfHeader {
  if (start.length < HEADER_BYTES) throw corrupt(`${start.length} bytes are too short for a header`);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (view.getUint16(0, true) !== MAGIC || view.getUint8(2) !== 1)
    throw corrupt('no magic number, version 1');
  const [length, typeOff, typeBytes, strOff, stringBytes] = [4, 8, 12, 16, 20].map((at) =>
    view.getUint32(at, true),
  ) as [number, number, number, number, number];
  if (length < HEADER_BYTES || length > 4096) throw corrupt(`header length ${length}`);
  const hasLayout = length >= HEADER_WITH_LAYOUT && start.length >= HEADER_WITH_LAYOUT;
  const layoutOff = hasLayout ? view.getUint32(24, true) : 0;
  const layoutBytes = hasLayout ? view.getUint32(28, true) : 0;
  const bytes = length + Math.max(typeOff + typeBytes, strOff + stringBytes, layoutOff + layoutBytes);
  if (bytes > MAX_BYTES) throw corrupt(`sections end at ${bytes}`);
  if ((typeBytes | (length + typeOff)) & 3) throw corrupt('type section is not in whole words');
  return {
    types: length + typeOff,
    typeBytes,
    strings: length + strOff,
    stringBytes,
    layout: length + layoutOff,
    layoutBytes,
    bytes,
  };
}

/**
 * The sizes of the kinds known here, and those that the blob's layout section declares (struct btf_layout: one for
 * each kind that its encoder knew), so that a kind from the future can be skipped.
 */
export function kindSizes(blob: Uint8Array, header: BtfHeader): KindSizes {
  const once = new Uint8Array(KINDS).fill(UNKNOWN);
  const each = new Uint8Array(KINDS);
  for (let kind = 1; kind < Math.min(KINDS, header.layoutBytes >>> 2); kind++) {
    const at = header.layout + kind * 4;
    const [info, element] = [blob[at] as number, blob[at + 1] as number];
    if ((info | element) & 3) throw corrupt(`layout of kind ${kind} is not in whole words`);
    once[kind] = info >>> 2;
    each[kind] = element >>> 2;
  }
  for (const [kind, first, element] of FOLLOWS) {
    once[kind] = first;
    each[kind] = element;
  }
  return { once, each };
}

export function isKnown(sizes: KindSizes, kind: number): boolean {
  return sizes.once[kind] !== UNKNOWN;
}

export function corrupt(detail: string): Fault {
  return new Fault('corrupt', `BTF: ${detail}`);
}

/**
 * Steps that one question may take. Damaged types can fan out without end where sound ones need some thousand steps.
 */
export class Budget {
  constructor(private left: number) {}

  spend(): void {
    if (--this.left < 0) throw corrupt('types contain each other too often to be followed');
  }
}

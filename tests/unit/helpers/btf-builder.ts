// BTF blobs made up for a test, written from the format's description and sharing nothing with the reader.
//
//   const blob = new BtfBuilder();
//   const int = blob.int('int', 4);
//   blob.struct('point', 8, [['x', int, 0], ['y', int, 32]]);
//   openBtf(blob.bytes());

type Member = readonly [name: string, type: number, bitOffset: number, bitWidth?: number];
type Enumerator = readonly [name: string, value: number | bigint];

export interface BlobOptions {
  /** struct btf_layout by kind: bytes once, bytes for each element. */
  readonly layout?: readonly (readonly [once: number, each: number])[];
  /** Put so many bytes before the blob, to test blobs that are not aligned. */
  readonly skew?: number;
  readonly headerBytes?: number;
}

export class BtfBuilder {
  private readonly types: number[] = [];
  private readonly text: number[] = [0];
  private readonly offsets = new Map<string, number>([['', 0]]);
  private count: number;

  /** `base`: where the ids and strings of the BTF that this one is split from end. */
  constructor(private readonly base = { endId: 1, stringBytes: 0 }) {
    this.count = base.endId - 1;
    if (base.stringBytes > 0) this.text.pop();
  }

  /** For a split one on top of this. */
  get end(): { endId: number; stringBytes: number } {
    return { endId: this.count + 1, stringBytes: this.base.stringBytes + this.text.length };
  }

  /** The next type's id, to refer to it from an earlier one. */
  get nextId(): number {
    return this.count + 1;
  }

  raw(
    name: string,
    kind: number,
    length: number,
    third: number,
    rest: readonly number[] = [],
    flag = 0,
  ): number {
    this.types.push(this.string(name), (flag * 2 ** 31 + kind * 2 ** 24 + length) >>> 0, third, ...rest);
    return ++this.count;
  }

  int(name: string, bytes: number, encoding = 0, bits = bytes * 8, offset = 0): number {
    return this.raw(name, 1, 0, bytes, [(encoding << 24) | (offset << 16) | bits]);
  }

  ptr(type: number): number {
    return this.raw('', 2, 0, type);
  }

  array(type: number, elements: number): number {
    return this.raw('', 3, 0, 0, [type, type, elements]);
  }

  /** With widths of bit-fields anywhere, kind_flag is set, as pahole does. */
  struct(name: string, bytes: number, members: readonly Member[], kind = 4): number {
    const flag = members.some(([, , , width]) => width !== undefined) ? 1 : 0;
    const rest = members.flatMap(([member, type, at, width = 0]) => {
      return [this.string(member), type, (at + width * 2 ** 24) >>> 0];
    });
    return this.raw(name, kind, members.length, bytes, rest, flag);
  }

  union(name: string, bytes: number, members: readonly Member[]): number {
    return this.struct(name, bytes, members, 5);
  }

  enum(name: string, values: readonly Enumerator[], isSigned = false): number {
    const rest = values.flatMap(([one, value]) => [this.string(one), Number(value) >>> 0]);
    return this.raw(name, 6, values.length, 4, rest, isSigned ? 1 : 0);
  }

  enum64(name: string, values: readonly Enumerator[], isSigned = false): number {
    const rest = values.flatMap(([one, value]) => {
      const bits = BigInt.asUintN(64, BigInt(value));
      return [this.string(one), Number(bits & 0xffff_ffffn), Number(bits >> 32n)];
    });
    return this.raw(name, 19, values.length, 8, rest, isSigned ? 1 : 0);
  }

  fwd(name: string): number {
    return this.raw(name, 7, 0, 0);
  }

  typedef(name: string, type: number): number {
    return this.raw(name, 8, 0, type);
  }

  qualifier(kind: 'volatile' | 'const' | 'restrict', type: number): number {
    return this.raw('', { volatile: 9, const: 10, restrict: 11 }[kind], 0, type);
  }

  proto(returns: number, parameters: readonly number[]): number {
    return this.raw(
      '',
      13,
      parameters.length,
      returns,
      parameters.flatMap((type) => [0, type]),
    );
  }

  bytes({ layout = [], skew = 0, headerBytes = layout.length > 0 ? 32 : 24 }: BlobOptions = {}): Uint8Array {
    const typeBytes = this.types.length * 4;
    const strings = this.text.length;
    const layoutAt = typeBytes + (layout.length > 0 ? Math.ceil(strings / 4) * 4 : strings);
    const out = new Uint8Array(skew + headerBytes + layoutAt + layout.length * 4);
    const view = new DataView(out.buffer, skew);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    [headerBytes, 0, typeBytes, typeBytes, strings].forEach((word, n) => {
      view.setUint32(4 + n * 4, word, true);
    });
    if (headerBytes >= 32) {
      view.setUint32(24, layoutAt, true);
      view.setUint32(28, layout.length * 4, true);
    }
    this.types.forEach((word, n) => {
      view.setUint32(headerBytes + n * 4, word, true);
    });
    out.set(this.text, skew + headerBytes + typeBytes);
    layout.forEach(([once, each], kind) => {
      out.set([once, each], skew + headerBytes + layoutAt + kind * 4);
    });
    return out.subarray(skew);
  }

  private string(name: string): number {
    let offset = this.offsets.get(name);
    if (offset === undefined) {
      offset = this.base.stringBytes + this.text.length;
      this.offsets.set(name, offset);
      this.text.push(...new TextEncoder().encode(name), 0);
    }
    return offset;
  }
}

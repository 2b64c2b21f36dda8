// The bytes of an FXSAVE or XSAVE area, and the registers whose parts lie here and there in it.

import { type Hex, hex } from '../../base/address.js';
import { componentOffset, FEATURE, type XsaveFeature } from './xsave-layout.js';

const XMM_BYTES = 16;
const YMM_BYTES = 32;
const ZMM_BYTES = 64;
const LOW_REGISTERS = 16;
const OPMASKS = 8;

export class VectorArea {
  readonly view: DataView;
  readonly xstateBv: bigint;
  readonly xcompBv: bigint;

  constructor(
    private readonly bytes: Uint8Array,
    readonly features: readonly XsaveFeature[],
    { xstateBv, xcompBv }: { readonly xstateBv: bigint; readonly xcompBv: bigint },
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.xstateBv = xstateBv;
    this.xcompBv = xcompBv;
  }

  /** Whether a component is in use; else it has its initial values, wherever the area may say. */
  has(feature: number): boolean {
    return ((this.xstateBv >> BigInt(feature)) & 1n) === 1n;
  }

  /** Where the area has room for a component; null where it has none. */
  offset(feature: number): number | null {
    const at = componentOffset(this.features, feature, this.xcompBv);
    const end = (at ?? 0) + (feature <= FEATURE.sse ? 0 : (this.features[feature]?.size ?? 0));
    return at === null || end > this.bytes.length ? null : at;
  }

  /** Bytes as hex digits, the most significant first; zeroes where `at` is null. */
  digits(at: number | null, length: number): string {
    if (at === null) return '0'.repeat(length * 2);
    return Buffer.from(this.bytes.subarray(at, at + length))
      .reverse()
      .toString('hex');
  }

  /** XMM, YMM or ZMM, by what the processor has. */
  vectors(): string[] {
    const width = this.width();
    const low = Array.from({ length: LOW_REGISTERS }, (_, n) => this.lowVector(n, width));
    if (width < ZMM_BYTES) return low;
    const high = Array.from({ length: LOW_REGISTERS }, (_, n) => this.part(FEATURE.hi16Zmm, n, ZMM_BYTES));
    return [...low, ...high];
  }

  opmasks(): Hex[] {
    if ((this.features[FEATURE.opmask]?.size ?? 0) === 0) return [];
    return Array.from({ length: OPMASKS }, (_, n) => hex(BigInt(`0x${this.part(FEATURE.opmask, n, 8)}`)));
  }

  private width(): number {
    const size = (feature: number) => this.features[feature]?.size ?? 0;
    if (size(FEATURE.zmmHi256) > 0) return ZMM_BYTES;
    return size(FEATURE.avx) > 0 ? YMM_BYTES : XMM_BYTES;
  }

  private lowVector(n: number, width: number): string {
    const xmm = this.part(FEATURE.sse, n, XMM_BYTES);
    const ymm = width >= YMM_BYTES ? this.part(FEATURE.avx, n, XMM_BYTES) : '';
    const zmm = width >= ZMM_BYTES ? this.part(FEATURE.zmmHi256, n, YMM_BYTES) : '';
    return zmm + ymm + xmm;
  }

  /** Register `n` of those that a component holds, of `length` bytes each. */
  private part(feature: number, n: number, length: number): string {
    const at = this.has(feature) ? this.offset(feature) : null;
    return this.digits(at === null ? null : at + n * length, length);
  }
}

// A cursor over DWARF data: fixed and LEB128 integers, and pointers as .eh_frame encodes them (LSB 5.0, 10.5; DWARF 5,
// 7.6).

import { Fault } from '../../../base/fault.js';

/** DW_EH_PE_*: format in the low four bits, base in the next three. */
const FORMAT = {
  absolute: 0,
  uleb: 1,
  udata2: 2,
  udata4: 3,
  udata8: 4,
  sleb: 9,
  sdata2: 10,
  sdata4: 11,
  sdata8: 12,
};
const BASE = { absolute: 0x00, pcrel: 0x10, datarel: 0x30 } as const;
export const OMIT = 0xff;
const INDIRECT = 0x80;
const LARGEST = 2 ** 63;

export class DwarfReader {
  at = 0;
  private readonly view: DataView;

  /** `address`: of the first byte, at run time. */
  constructor(
    readonly bytes: Uint8Array,
    readonly address: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  private take(length: number): number {
    const at = this.at;
    if (at + length > this.bytes.length) throw new Fault('corrupt', 'call frame information ends too early');
    this.at = at + length;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  i8(): number {
    return this.view.getInt8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  i16(): number {
    return this.view.getInt16(this.take(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  u64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  i64(): number {
    return Number(this.view.getBigInt64(this.take(8), true));
  }

  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (!(byte & 0x80)) return value;
      if (scale > LARGEST) throw new Fault('corrupt', 'a number beyond 64 bits in call frame information');
    }
  }

  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (!(byte & 0x80)) return byte & 0x40 ? value - scale * 128 : value;
      if (scale > LARGEST) throw new Fault('corrupt', 'a number beyond 64 bits in call frame information');
    }
  }

  cstr(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new Fault('corrupt', 'a string without an end in call frame information');
    const text = Buffer.from(this.bytes.subarray(this.at, end)).toString('latin1');
    this.at = end + 1;
    return text;
  }

  block(): Uint8Array {
    const length = this.uleb();
    const at = this.take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** An encoded pointer; `data` is what datarel counts from. Indirect ones are not followed: their address is given. */
  pointer(encoding: number, data = 0): number {
    const here = this.address + this.at;
    const value = this.value(encoding & 0x0f);
    switch (encoding & 0x70 & ~INDIRECT) {
      case BASE.absolute:
        return value;
      case BASE.pcrel:
        return here + value;
      case BASE.datarel:
        return data + value;
      default:
        throw new Fault('corrupt', `pointer encoding 0x${encoding.toString(16)} in call frame information`);
    }
  }

  /** The number itself, as a length wants it. */
  value(format: number): number {
    switch (format) {
      case FORMAT.absolute:
      case FORMAT.udata8:
        return this.u64();
      case FORMAT.sdata8:
        return this.i64();
      case FORMAT.uleb:
        return this.uleb();
      case FORMAT.sleb:
        return this.sleb();
      case FORMAT.udata2:
        return this.u16();
      case FORMAT.sdata2:
        return this.i16();
      case FORMAT.udata4:
        return this.u32();
      case FORMAT.sdata4:
        return this.i32();
      default:
        throw new Fault('corrupt', `pointer format ${format} in call frame information`);
    }
  }
}

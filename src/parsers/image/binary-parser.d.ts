// Types of what we use of `binary-parser`: its own are not among its exports.

declare module 'binary-parser' {
  export class Parser<O = Record<never, never>> {
    endianness(endianness: 'little' | 'big'): this;
    uint8<N extends string>(name: N): Parser<O & Record<N, number>>;
    uint16<N extends string>(name: N): Parser<O & Record<N, number>>;
    uint32<N extends string>(name: N): Parser<O & Record<N, number>>;
    uint64<N extends string>(name: N): Parser<O & Record<N, bigint>>;
    seek(bytes: number): this;
    parse(buffer: Uint8Array): O;
  }
}

// Types of what we use of `lz4`, which ships none.

declare module 'lz4/lib/utils.js' {
  export const bindings: {
    /** Decodes input[from, to); negative where it is damaged or `output` is too small. */
    uncompress(input: Uint8Array, output: Uint8Array, from?: number, to?: number): number;
    /** Bytes written; 0 where the input does not fit. */
    compress(input: Uint8Array, output: Uint8Array, from?: number, to?: number): number;
    compressHC(input: Uint8Array, output: Uint8Array): number;
    compressBound(bytes: number): number;
  };
  /** xxHash32 as a signed number. */
  export function blockChecksum(bytes: Uint8Array): number;
  /** The second byte of xxHash32. */
  export function descriptorChecksum(bytes: Uint8Array): number;
  /** With null as state: begins one; with null as bytes: ends it and returns the hash. */
  export function streamChecksum(bytes: Uint8Array, state: Uint8Array | null): Uint8Array;
  export function streamChecksum(bytes: null, state: Uint8Array): number;
}

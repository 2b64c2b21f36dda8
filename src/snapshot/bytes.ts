// Bytes in a snapshot: base64, so that a snapshot stays plain JSON. What a pipe, a queue or a terminal held.

export interface Contents {
  /** Number of bytes there are; more than `base64` holds where the rest could not be read. */
  readonly bytes: number;
  readonly base64: string;
}

export function contents(data: Uint8Array, bytes = data.length): Contents {
  return { bytes, base64: Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64') };
}

export function contentsOf({ base64 }: Contents): Uint8Array {
  return Buffer.from(base64, 'base64');
}

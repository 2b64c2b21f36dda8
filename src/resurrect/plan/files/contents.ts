// Bytes of a snapshot as a plan has them.

import { type Contents, contentsOf } from '../../../snapshot/bytes.js';

/** A copy of its own: what Buffer gives may lie in memory that it shares. */
export function bytesOf(contents: Contents): Uint8Array {
  return new Uint8Array(contentsOf(contents));
}

export function base64Bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

export function hexBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Bytes that there were, and that the dump does not have. */
export function missingBytes(contents: Contents): number {
  return contents.bytes - contentsOf(contents).length;
}

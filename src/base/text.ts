// Bytes as text.

const utf8 = new TextDecoder('utf-8');
/** What may be handed to a call as its arguments. */
const MOST_ARGUMENTS = 1024;

/** UTF-8, with replacement characters. Nearly all that kernels name is ASCII and short: that takes no decoder. */
export function textOfBytes(bytes: Uint8Array): string {
  if (bytes.length > MOST_ARGUMENTS) return utf8.decode(bytes);
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] as number) >= 0x80) return utf8.decode(bytes);
  }
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

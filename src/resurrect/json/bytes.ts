// Bytes as JSON: `text:` and the text where they are printable UTF-8, else base64 (which has no colon).

const PREFIX = 'text:';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Control characters, line feed and tab aside. */
const CONTROL = /(?![\n\t])\p{Cc}/u;

export function bytesText(bytes: Uint8Array): string {
  if (bytes.length === 0) return '';
  const text = printable(bytes);
  if (text !== undefined) return PREFIX + text;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

function printable(bytes: Uint8Array): string | undefined {
  // Most of what is not text shows it at once: decoding megabytes to find out costs more.
  if (bytes.subarray(0, 64).includes(0)) return undefined;
  try {
    const text = utf8.decode(bytes);
    return CONTROL.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** undefined: neither. */
export function textBytes(text: string): Uint8Array | undefined {
  if (text.startsWith(PREFIX)) {
    const rest = text.slice(PREFIX.length);
    return /\p{Surrogate}/u.test(rest) ? undefined : Uint8Array.from(Buffer.from(rest));
  }
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

// Bytes as text, exactly. To the kernel a name is bytes; here it is a string of what is UTF-8 in it, and in which every
// other byte is half a surrogate pair, U+DC80 to U+DCFF, as in Python's surrogateescape (PEP 383). No UTF-8 decodes to such a
// half, so each sequence of bytes has one string, and strings are equal where their bytes are. JSON has it as "\udcff".

/** Made when it is needed: most runs meet nothing but ASCII. */
let decoder: InstanceType<typeof TextDecoder> | undefined;
/** What may be handed to a call as its arguments. */
const MOST_ARGUMENTS = 1024;
/** What the decoder puts for what is no UTF-8. */
export const REPLACED = '\ufffd';
const ESCAPE = 0xdc00;
const ESCAPED = /([\udc80-\udcff]+)/u;

/** Any bytes. Nearly all that kernels name is ASCII and short: that takes no decoder. */
export function textOfBytes(bytes: Uint8Array): string {
  if (bytes.length > MOST_ARGUMENTS) return decoded(bytes);
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] as number) >= 0x80) return decoded(bytes);
  }
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** Of a field of fixed size: without the NULs behind it. */
export function textOfField(field: Uint8Array): string {
  return textOfBytes(field).replace(/\0+$/, '');
}

function utf8(bytes: Uint8Array): string {
  decoder ??= new TextDecoder('utf-8', { ignoreBOM: true });
  return decoder.decode(bytes);
}

function decoded(bytes: Uint8Array): string {
  const text = utf8(bytes);
  return text.includes(REPLACED) ? escaped(bytes) : text;
}

function escaped(bytes: Uint8Array): string {
  let text = '';
  let done = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterBytes(bytes, at);
    if (length === 0) {
      if (done < at) text += utf8(bytes.subarray(done, at));
      text += String.fromCharCode(ESCAPE + (bytes[at] as number));
      done = at + 1;
    }
    at += Math.max(length, 1);
  }
  return text + utf8(bytes.subarray(done));
}

/** Of the character that begins there; 0 where it is not UTF-8 (RFC 3629). */
function characterBytes(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // The second byte tells overlong forms, surrogates, and what lies beyond the last character.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1] ?? 0;
  if (second < low || second > high) return 0;
  for (let i = at + 2; i < at + length; i++) {
    if (((bytes[i] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** What `textOfBytes` made the text of; of other text its UTF-8. */
export function bytesOfText(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  // The parts at odd places are those in the parentheses.
  return Buffer.concat(
    text.split(ESCAPED).map((part, index) => Buffer.from(part, index % 2 === 0 ? 'utf8' : 'latin1')),
  );
}

/** Why `isTextOfBytes` is false. */
export const NO_BYTES = 'half a surrogate pair that stands for no byte';

/** Whether it is the text of any bytes: half a surrogate pair stands for a byte, and those bytes are no UTF-8 together. */
export function isTextOfBytes(text: string): boolean {
  return text.isWellFormed() || textOfBytes(bytesOfText(text)) === text;
}

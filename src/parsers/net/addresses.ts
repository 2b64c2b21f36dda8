// Internet addresses as inet_ntop(3) prints them.

/** Of 4 or 16 bytes in network order. */
export function inetAddress(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join('.') : inet6Address(bytes);
}

function inet6Address(bytes: Uint8Array): string {
  const zeroes = (count: number) => bytes.subarray(0, count).every((byte) => byte === 0);
  const mapped = zeroes(10) && bytes[10] === 0xff && bytes[11] === 0xff;
  if (mapped) return `::ffff:${bytes.subarray(12).join('.')}`;
  const compatible = zeroes(12) && (bytes[12] !== 0 || bytes[13] !== 0);
  if (compatible) return `::${bytes.subarray(12).join('.')}`;
  const words = Array.from(
    { length: 8 },
    (_, i) => (bytes[2 * i] as number) * 256 + (bytes[2 * i + 1] as number),
  );
  const { start, length } = longestZeroes(words);
  const text = (some: readonly number[]) => some.map((word) => word.toString(16)).join(':');
  if (length < 2) return text(words);
  return `${text(words.slice(0, start))}::${text(words.slice(start + length))}`;
}

/** The first of the longest runs of zeroes, which `::` stands for. */
function longestZeroes(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [i, word] of words.entries()) {
    length = word === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: i - length + 1, length };
  }
  return best;
}

export function hexBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

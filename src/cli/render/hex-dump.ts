// Bytes as hexdump -C lays them out, with 64-bit addresses.

const PER_LINE = 16;

export function* hexDump(start: bigint, bytes: Uint8Array): Generator<string> {
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const part = bytes.subarray(at, at + PER_LINE);
    const digits = Array.from(part, (byte) => byte.toString(16).padStart(2, '0'));
    const halves = `${digits.slice(0, 8).join(' ').padEnd(23)}  ${digits.slice(8).join(' ').padEnd(23)}`;
    const text = Array.from(part, (byte) =>
      byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.',
    ).join('');
    yield `${(start + BigInt(at)).toString(16).padStart(16, '0')}  ${halves}  |${text}|`;
  }
}

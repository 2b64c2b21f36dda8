// Socket addresses of a plan for people.
import { textOfBytes } from '../../base/text.js';
import { printable } from './units.js';

const SHORTEST: Readonly<Record<number, number>> = { 2: 16, 10: 28, 16: 12, 17: 20, 40: 16 };

export function sockaddrText(address: Uint8Array): string {
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  const family = address.length < 2 ? 0 : view.getUint16(0, true);
  if (address.length >= (SHORTEST[family] ?? 2)) {
    switch (family) {
      case 1:
        return unixText(address.subarray(2));
      case 2:
        return `${address.subarray(4, 8).join('.')}:${view.getUint16(2)}`;
      case 10:
        return `[${ipv6Text(view)}]:${view.getUint16(2)}`;
      case 16:
        return `netlink port ${view.getUint32(4, true)}`;
      case 17:
        return `protocol 0x${view.getUint16(2).toString(16)} on interface ${view.getInt32(4, true)}`;
      case 40:
        return `cid ${view.getUint32(8, true)} port ${view.getUint32(4, true)}`;
    }
  }
  return Buffer.from(address).toString('hex');
}

/** Abstract names begin with a NUL, shown as @. */
function unixText(name: Uint8Array): string {
  const abstract = name[0] === 0;
  const text = textOfBytes(name);
  return printable(abstract ? text.replaceAll('\0', '@') : text.replace(/\0.*$/s, ''));
}

function ipv6Text(view: DataView): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i).toString(16)).join(':');
  const zeroes = groups.match(/(?:^|:)(?:0(?::|$)){2,}/g) ?? [];
  const longest = zeroes.reduce((best, each) => (each.length > best.length ? each : best), '');
  return longest === '' ? groups : groups.replace(longest, '::');
}

// Addresses as bind(2) and connect(2) take them (uapi/linux/{in,in6,un,netlink,if_packet,vm_sockets}.h).

export const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16, packet: 17, vsock: 40 } as const;

const SIZE = { inet: 16, inet6: 28, netlink: 12, packet: 20, vsock: 16 } as const;
const ANY = 0xffff_ffff;

export const NO_ADDRESS = new Uint8Array(0);

function made(bytes: number, family: number): { readonly bytes: Uint8Array; readonly view: DataView } {
  const buffer = new Uint8Array(bytes);
  const view = new DataView(buffer.buffer);
  view.setUint16(0, family, true);
  return { bytes: buffer, view };
}

/** `address`: 4 or 16 bytes in network order. `scope`: interface of a link-local address. */
export function inetAddress(address: Uint8Array, port: number, scope = 0): Uint8Array {
  const six = address.length === 16;
  const { bytes, view } = six ? made(SIZE.inet6, AF.inet6) : made(SIZE.inet, AF.inet);
  view.setUint16(2, port);
  bytes.set(address, six ? 8 : 4);
  if (six) view.setUint32(24, isLinkLocal(address) ? scope : 0, true);
  return bytes;
}

function isLinkLocal(address: Uint8Array): boolean {
  return address[0] === 0xfe && ((address[1] as number) & 0xc0) === 0x80;
}

/** `name`: sun_path byte for byte, the NUL of an abstract name first. */
export function unixAddress(name: Uint8Array): Uint8Array {
  const { bytes } = made(2 + name.length, AF.unix);
  bytes.set(name, 2);
  return bytes;
}

export function netlinkAddress(port: number): Uint8Array {
  const { bytes, view } = made(SIZE.netlink, AF.netlink);
  view.setUint32(4, port, true);
  return bytes;
}

export function packetAddress(etherType: number, device: number): Uint8Array {
  const { bytes, view } = made(SIZE.packet, AF.packet);
  view.setUint16(2, etherType);
  view.setInt32(4, device, true);
  return bytes;
}

/** Null: any. */
export function vsockAddress(cid: number | null, port: number | null): Uint8Array {
  const { bytes, view } = made(SIZE.vsock, AF.vsock);
  view.setUint32(4, port ?? ANY, true);
  view.setUint32(8, cid ?? ANY, true);
  return bytes;
}

/** `127.0.0.1:53`, `[::1]:53`, and without a port: what the snapshot says of who sent a packet. */
export function parseInet(text: string): Uint8Array | null {
  const [, six, sixPort] = /^\[([0-9a-f:.]+)\](?::(\d+))?$/i.exec(text) ?? [];
  if (six !== undefined) return fromParts(ipv6Bytes(six), sixPort);
  const [, four, port] = /^(\d+\.\d+\.\d+\.\d+)(?::(\d+))?$/.exec(text) ?? [];
  if (four !== undefined) return fromParts(ipv4Bytes(four), port);
  return text.includes(':') ? fromParts(ipv6Bytes(text), '0') : null;
}

function fromParts(address: Uint8Array | null, port = '0'): Uint8Array | null {
  return address === null || Number(port) > 0xffff ? null : inetAddress(address, Number(port));
}

function ipv4Bytes(text: string): Uint8Array | null {
  const numbers = text.split('.').map(Number);
  return numbers.every((each) => each <= 255) ? Uint8Array.from(numbers) : null;
}

function ipv6Bytes(text: string): Uint8Array | null {
  const [head = '', tail, ...more] = text.split('::');
  const [before, after] = [head, tail ?? ''].map(groups) as [number[], number[]];
  const zeroes = 8 - before.length - after.length;
  if (more.length > 0 || (tail === undefined ? zeroes !== 0 : zeroes < 0)) return null;
  const words = [...before, ...new Array<number>(zeroes).fill(0), ...after];
  if (words.some((word) => !(word >= 0 && word <= 0xffff))) return null;
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/** A dotted quad at the end counts as two. */
function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = ipv4Bytes(group) ?? [];
    return [a * 256 + b, c * 256 + d];
  });
}

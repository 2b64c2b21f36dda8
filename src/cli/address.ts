// Addresses and sizes as a user writes them. An address is hex, with or without 0x, as maps and crash print it, or
// `symbol`, `symbol+0x10`; a length or an offset is decimal, or hex with 0x.
import type { Kva } from '../base/address.js';
import { AbsentError, UsageError } from '../base/error.js';
import { Fault } from '../base/fault.js';
import type { Kernel } from '../parsers/kernel/kernel.js';
import { faultText } from './render/fault-text.js';

const HEX = /^(?:0x)?([0-9a-f]{1,16})$/i;
const SYMBOLIC = /^([A-Za-z_.$][\w.$]*)(?:([+-])(0x[0-9a-f]{1,13}|\d{1,15}))?$/;

/** A symbol of the kernel, or of a module. */
export function symbolAddress({ symbols }: Kernel, name: string): Kva | undefined {
  return symbols.address(name) ?? symbols.addressInModules?.(name);
}

/** A kernel address from text; a symbol wins over bare hex digits that spell its name. */
export function parseAddress(kernel: Kernel, text: string): Kva {
  const [, name, sign, distance] = SYMBOLIC.exec(text) ?? [];
  const base = name === undefined ? undefined : symbolAddress(kernel, name);
  if (base !== undefined) return (base + Number(distance ?? 0) * (sign === '-' ? -1 : 1)) as Kva;
  const digits = HEX.exec(text);
  if (digits) {
    const address = kernel.mem.fold.fromBig(BigInt(`0x${digits[1]}`));
    if (!Number.isNaN(address)) return address;
    throw new UsageError(`${text} is not a canonical address`);
  }
  if (name !== undefined) throw new AbsentError(`no symbol named ${name} in this kernel`);
  throw new UsageError(
    `${text} is neither an address nor a symbol`,
    'Write hex (ffff…, 0xffff…), symbol, or symbol+0x10.',
  );
}

/** A user or physical address: hex, with or without 0x. */
export function parsePlainAddress(text: string, what: string): number {
  const digits = HEX.exec(text);
  const value = digits ? Number.parseInt(digits[1] as string, 16) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new UsageError(`${text} is no ${what}`, 'Write it in hex, as maps shows it.');
}

/** A count of bytes: decimal, or hex with 0x. */
export function parseLength(text: string): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new UsageError(`${text} is no length`, 'Write bytes in decimal, or in hex with 0x.');
}

/** Physical memory [start, end): `0x23000000-0x2f000000` as `kexec` shows it, or a start and a length. */
export function parseExtent(text: string): { readonly start: number; readonly end: number } {
  const [, first, sign, second] = /^((?:0x)?[0-9a-f]+)([-+])(\w+)$/i.exec(text) ?? [];
  if (first === undefined || second === undefined) throw noExtent(text);
  const start = parsePlainAddress(first, 'physical address');
  const end = sign === '-' ? parsePlainAddress(second, 'physical address') : start + parseLength(second);
  if (end <= start) throw noExtent(text);
  return { start, end };
}

function noExtent(text: string): UsageError {
  return new UsageError(
    `${text} is no range of physical memory`,
    'Write START-END in hex, END not included, or START+BYTES: 0x23000000-0x2f000000, 0x23000000+0xc000000.',
  );
}

/** What was asked for by its address and cannot be read is not in this dump. */
export function orAbsent<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault) throw new AbsentError(faultText(error));
    throw error;
  }
}

// System.map: what `nm -n vmlinux` prints, one `ffffffff81000000 T _text` a line, at link-time addresses.

import { readFileSync } from 'node:fs';
import { InputError, SystemError } from '../../base/error.js';
import { type LinkedSymbol, LinkedTable } from './linked-symbols.js';
import type { SymbolSource } from './symbols.js';

const LINE = /^([0-9a-f]{8,16}) ([A-Za-z?]) (\S+)$/;
/** Debian's linux-image packages hold this instead of a map. */
const PLACEHOLDER = 'The real System.map is in the';
const FEWEST = 1000;

export function readSystemMap(path: string): LinkedTable {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (error) {
    throw new SystemError(`${path}: ${(error as Error).message}`, 'Name a readable System.map.');
  }
  return parseSystemMap(text, path);
}

export function parseSystemMap(text: string, path: string): LinkedTable {
  if (text.includes(PLACEHOLDER)) {
    throw new InputError(
      `${path} is the placeholder that Debian ships in the place of a System.map: it has no symbols`,
      'Leave --system-map away: the symbols are in the dump. Or take the map from the -dbg package.',
    );
  }
  const symbols: LinkedSymbol[] = [];
  for (const line of text.split('\n')) {
    const [, address, type, name] = LINE.exec(line) ?? [];
    if (address && type && name && !'Uu'.includes(type)) symbols.push({ name, type, value: signed(address) });
  }
  const table = new LinkedTable(sorted(symbols), path);
  if (symbols.length < FEWEST || table.value('_text') === undefined) {
    throw new InputError(
      `${path} is no System.map of a kernel: ${symbols.length} symbols, _text ${table.value('_text') === undefined ? 'missing' : 'there'}`,
      'Expected lines like `ffffffff81000000 T _text`, as nm -n vmlinux prints them.',
    );
  }
  return table;
}

/** The map of a dump's kernel: symbols as the linker placed them, KASLR undone; modules have no place in it. */
export function* writeSystemMap(symbols: SymbolSource, kaslrOffset: number): Generator<string> {
  const perCpuEnd = symbols.address('__per_cpu_end') ?? 0;
  for (const { name, type, address, module } of symbols.all()) {
    if (module !== null) continue;
    const value = address < 0 ? address - kaslrOffset : address;
    // scripts/kallsyms.c calls zero-based per-CPU symbols absolute; for nm they are data.
    const letter = type === 'A' && address >= 0 && address <= perCpuEnd ? 'D' : type;
    yield `${BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0')} ${letter} ${name}\n`;
  }
}

/** Of equal addresses the file's order holds. */
export function sorted(symbols: LinkedSymbol[]): LinkedSymbol[] {
  return symbols.sort((a, b) => unsigned(a.value) - unsigned(b.value));
}

/** nm sorts by the unsigned address: small absolute values first, the kernel's half last. */
function unsigned(value: number): number {
  return value < 0 ? value + 2 ** 52 : value;
}

function signed(digits: string): number {
  return Number(BigInt.asIntN(64, BigInt(`0x${digits}`)));
}

// `sym`: from name to address and back; by pattern, or all of them.
import { AbsentError, UsageError } from '../../base/error.js';
import type { Dump } from '../../parsers/dump.js';
import type { KernelSymbol } from '../../parsers/symbols/symbols.js';
import { parseAddress, symbolAddress } from '../address.js';
import type { FoundSymbol } from '../schema.js';
import type { SectionRun } from '../section.js';

export const sym: SectionRun = ({ dump, args, options }) => {
  const module = options['module'] as string | undefined;
  const listed = options['list'] === true || module !== undefined;
  if (args.length === 0 && !listed) {
    throw new UsageError('name a symbol, an address, or a pattern', "sym --list, or sym 'ext4_*'");
  }
  const found = listed
    ? list(dump, args, module)
    : args.flatMap((word) => (isPattern(word) ? list(dump, [word], undefined) : [lookUp(dump, word)]));
  return {
    schema: 'sym',
    data: () => found,
    text: function* () {
      for (const each of found) yield line(each);
    },
  };
};

function isPattern(word: string): boolean {
  return /[*?]/.test(word);
}

/** The symbols that match any of `words` (all, where there is none), in the order of /proc/kallsyms. */
function list(dump: Dump, words: readonly string[], module: string | undefined): FoundSymbol[] {
  const pattern = new RegExp(`^(?:${words.length > 0 ? words.map(globSource).join('|') : '.*'})$`);
  const found: FoundSymbol[] = [];
  for (const symbol of dump.kernel.symbols.all()) {
    if (module !== undefined && symbol.module !== module) continue;
    if (pattern.test(symbol.name)) found.push(listed(dump, symbol));
  }
  if (found.length > 0) return found;
  const where = module === undefined ? 'this kernel' : `the module ${module}`;
  throw new AbsentError(
    words.length > 0 ? `no symbol matches ${words.join(' ')} in ${where}` : `no symbol in ${where}`,
  );
}

/** A shell's `*` and `?`. */
function globSource(glob: string): string {
  return glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
}

function listed(dump: Dump, { name, address, type, module }: KernelSymbol): FoundSymbol {
  return { name, address: dump.kernel.mem.hex(address), offset: 0, type, module };
}

function lookUp(dump: Dump, word: string): FoundSymbol {
  const { kernel } = dump;
  const byName = symbolAddress(kernel, word);
  const address = byName ?? parseAddress(kernel, word);
  const near = kernel.symbols.nearest(address);
  const hex = kernel.mem.hex(address);
  if (byName !== undefined) {
    return { name: word, address: hex, offset: 0, type: null, module: near?.module ?? null };
  }
  if (near === undefined) throw new AbsentError(`no symbol covers ${hex}`);
  return { name: near.name, address: hex, offset: near.offset, type: null, module: near.module };
}

function line({ name, address, offset, type, module }: FoundSymbol): string {
  const letter = type === null ? '' : `${type} `;
  const plus = offset > 0 ? `+0x${offset.toString(16)}` : '';
  return `${address} ${letter}${name}${plus}${module === null ? '' : ` [${module}]`}`;
}

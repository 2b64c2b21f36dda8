// `search`: where a string or bytes stand in memory: of the kernel, of processes, or all of it by physical address.
import { type Hex, hex, type Kva, type Phys } from '../../base/address.js';
import { EXIT, UsageError } from '../../base/error.js';
import { progress } from '../../base/progress.js';
import { bytesOfText } from '../../base/text.js';
import type { Dump } from '../../parsers/dump.js';
import { searchKernel } from '../../parsers/search/search-kernel.js';
import { searchPhysical } from '../../parsers/search/search-physical.js';
import { searchUser } from '../../parsers/search/search-user.js';
import type { Task } from '../../snapshot/task.js';
import { table } from '../render/table.js';
import { plural, printable } from '../render/units.js';
import type { SearchRow } from '../schema.js';
import type { SectionRun } from '../section.js';
import { tasksNamed } from '../select.js';

/** One page: what lies across two pages of vmalloc is looked for no further than that. */
const MAX_PATTERN = 4096;
const DEFAULT_LIMIT = 1000;
/** Shown of what stands there. */
const CONTEXT = 48;

type Options = Readonly<Record<string, unknown>>;

export const search: SectionRun = ({ dump, options }) => {
  const pattern = patternOf(options);
  const limit = limitOf(options['limit']);
  const rows: SearchRow[] = [];
  let more = false;
  for (const row of places(dump, options, pattern)) {
    more = rows.length === limit;
    if (more) break;
    rows.push(row);
  }
  return {
    schema: 'search',
    ...(rows.length === 0 ? { exitCode: EXIT.absent } : {}),
    data: () => ({ pattern: Buffer.from(pattern).toString('hex'), more, places: rows }),
    text: function* (style) {
      const [head, ...lines] = table(COLUMNS, rows);
      if (rows.length > 0) yield style.dim(head as string);
      yield* lines;
      if (more) yield style.dim(`the first ${limit}; --limit 0 shows every place`);
      else yield style.dim(rows.length === 0 ? 'nowhere' : plural(rows.length, 'place'));
    },
  };
};

const COLUMNS = [
  { head: 'ADDRESS', cell: ({ address }: SearchRow) => address.slice(2).padStart(12, '0') },
  {
    head: 'WHERE',
    cell: ({ pid, where }: SearchRow) => [pid ?? '', printable(where ?? '')].join(' ').trim(),
  },
  { head: 'TEXT', cell: ({ bytes }: SearchRow) => textOf(bytes) },
];

function textOf(bytes: string): string {
  return Buffer.from(bytes, 'hex')
    .toString('latin1')
    .replace(/[^ -~]/g, '.');
}

function patternOf({ string, hex: digits }: Options): Uint8Array {
  if ((typeof string === 'string') === (typeof digits === 'string')) {
    throw new UsageError('say what to search for: --string TEXT or --hex BYTES');
  }
  const pattern = typeof string === 'string' ? bytesOfText(string) : fromHex(String(digits));
  if (pattern.length >= 1 && pattern.length <= MAX_PATTERN) return pattern;
  throw new UsageError(`a pattern of ${pattern.length} bytes is not within 1 and ${MAX_PATTERN}`);
}

function fromHex(text: string): Uint8Array {
  const digits = text.replace(/^0x|[\s:]/g, '');
  if (/^([0-9a-f]{2})+$/i.test(digits)) return Buffer.from(digits, 'hex');
  throw new UsageError(
    `${text} is no bytes in hex`,
    'Two digits for each byte, in the order of memory: deadbeef.',
  );
}

function limitOf(option: unknown): number {
  if (option === undefined) return DEFAULT_LIMIT;
  const limit = Number(option);
  if (!Number.isInteger(limit) || limit < 0)
    throw new UsageError(`--limit ${String(option)}: not a whole number`);
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

function* places(dump: Dump, options: Options, pattern: Uint8Array): Generator<SearchRow> {
  const { pid, all, phys } = options;
  if ([pid !== undefined, all, phys].filter(Boolean).length > 1) {
    throw new UsageError('--pid, --all and --phys exclude each other');
  }
  if (typeof pid === 'string') yield* inProcesses(dump, tasksNamed(dump, pid), pattern);
  else if (all) yield* inProcesses(dump, dump.tasks, pattern);
  else if (phys) yield* inPhysical(dump, pattern);
  else yield* inKernel(dump, pattern);
}

function* inKernel({ kernel }: Dump, pattern: Uint8Array): Generator<SearchRow> {
  const { mem } = kernel;
  for (const at of searchKernel(kernel, pattern)) {
    const read = (length: number) => mem.bytes(at, length);
    const physical = kernel.faults.guard('search', () => mem.translate(at), null);
    yield {
      pid: null,
      address: mem.hex(at),
      where: symbolOf(dumpImage(mem, physical, at), kernel),
      bytes: context(read),
    };
  }
}

/** The kernel's image is known by its own addresses, not by those of the direct map. */
function dumpImage({ imageMap }: Dump['kernel']['mem'], physical: Phys | null, at: Kva): Kva {
  const offset = physical === null ? -1 : physical - imageMap.phys;
  return offset >= 0 && offset < imageMap.bytes ? ((imageMap.start + offset) as Kva) : at;
}

function symbolOf(at: Kva, { symbols, mem }: Dump['kernel']): string | null {
  const { start, bytes } = mem.imageMap;
  if (at < start || at >= start + bytes) return null;
  const found = symbols.nearest(at);
  return found === undefined ? null : `${found.name}+0x${found.offset.toString(16)}`;
}

function* inPhysical({ kernel }: Dump, pattern: Uint8Array): Generator<SearchRow> {
  const { physical, imageMap } = kernel.mem;
  for (const at of searchPhysical(physical, pattern)) {
    const image = (imageMap.start + at - imageMap.phys) as Kva;
    const read = (length: number) => physical.bytes(at, length);
    yield { pid: null, address: hex(at), where: symbolOf(image, kernel), bytes: context(read) };
  }
}

/** Each address space once. */
function* inProcesses(dump: Dump, tasks: readonly Task[], pattern: Uint8Array): Generator<SearchRow> {
  const seen = new Set<Hex>();
  for (const [done, task] of tasks.entries()) {
    progress('searching processes', done, tasks.length);
    const mm = dump.mm(task);
    if (mm === null || seen.has(mm.address)) continue;
    seen.add(mm.address);
    const memory = dump.userMemory(task);
    for (const at of searchUser(memory, pattern)) {
      const vma = memory.vmaAt(at);
      const where =
        vma === undefined
          ? null
          : `${vma.name || '[anonymous]'}+0x${(at - vma.start + vma.offset).toString(16)}`;
      const read = (length: number) => memory.readUpTo(at, length);
      yield { pid: task.pid, address: hex(at), where, bytes: context(read) };
    }
  }
}

/** What stands at a place, as far as it can be read: less near the end of memory. */
function context(read: (length: number) => Uint8Array): string {
  for (let length = CONTEXT; length > 0; length >>= 1) {
    try {
      return Buffer.from(read(length)).toString('hex');
    } catch {}
  }
  return '';
}

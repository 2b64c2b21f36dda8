// `read`: memory as hex, or raw into a file.
import { type Hex, hex as hexOf } from '../../base/address.js';
import { writeFileAtomically } from '../../base/atomic-file.js';
import { AbsentError, EXIT, UsageError } from '../../base/error.js';
import type { Dump } from '../../parsers/dump.js';
import type { MissingPages } from '../../parsers/mm/user-memory.js';
import { orAbsent, parseAddress, parseLength, parsePlainAddress } from '../address.js';
import { hexDump } from '../render/hex-dump.js';
import { plural } from '../render/units.js';
import type { Result } from '../result.js';
import type { SectionRun } from '../section.js';
import { oneTask } from '../select.js';

const DEFAULT_BYTES = 256;
const MAX_BYTES = 256 << 20;
const PAGE = 4096;

interface Bytes {
  /** Unsigned 64-bit address of the first byte. */
  readonly start: bigint;
  readonly bytes: Uint8Array;
  /** User pages that are not in memory; their bytes are zeroes. */
  readonly missing: readonly Missing[];
}

interface Missing {
  readonly address: Hex;
  readonly why: string;
}

export const read: SectionRun = ({ dump, args, options }) => {
  const length = args[1] === undefined ? DEFAULT_BYTES : parseLength(args[1]);
  if (length < 1 || length > MAX_BYTES) throw new UsageError(`length ${length} is not within 1 and 256 MiB`);
  if (options['pid'] !== undefined && options['phys']) {
    throw new UsageError('--pid and --phys exclude each other');
  }
  const found = orAbsent(() => fetch(dump, args[0] as string, length, options));
  const output = options['output'];
  return typeof output === 'string' ? saved(found, output) : shown(found);
};

function fetch(dump: Dump, where: string, length: number, options: Readonly<Record<string, unknown>>): Bytes {
  if (typeof options['pid'] === 'string') return fromProcess(dump, where, length, options['pid']);
  const { mem } = dump.kernel;
  if (options['phys']) {
    const start = parsePlainAddress(where, 'physical address');
    return { start: BigInt(start), bytes: mem.physical.bytes(start, length), missing: [] };
  }
  const start = parseAddress(dump.kernel, where);
  return { start: mem.fold.toBig(start), bytes: mem.bytes(start, length), missing: [] };
}

function fromProcess(dump: Dump, where: string, length: number, process: string): Bytes {
  const start = parsePlainAddress(where, 'user address');
  const { bytes, missing } = dump.userMemory(oneTask(dump, process)).peek(start, length);
  const pages = Math.ceil((start + length) / PAGE) - Math.floor(start / PAGE);
  const absent = missing.map(absence);
  if (absent.length < pages) return { start: BigInt(start), bytes, missing: absent };
  throw new AbsentError(`${hexOf(start)} of ${process} is not in memory (${absent[0]?.why})`);
}

function absence({ address, page }: MissingPages): Missing {
  return { address: hexOf(address), why: page.kind === 'absent' ? page.why : page.kind };
}

function shown({ start, bytes, missing }: Bytes): Result<'read'> {
  return {
    schema: 'read',
    ...(missing.length > 0 ? { exitCode: EXIT.faults } : {}),
    data: () => ({ address: `0x${start.toString(16)}`, hex: Buffer.from(bytes).toString('hex'), missing }),
    text: function* () {
      yield* hexDump(start, bytes);
      yield* missingLines(missing);
    },
  };
}

/** A line for each run of pages that are missing for the same reason. */
function* missingLines(missing: readonly Missing[]): Generator<string> {
  for (let first = 0, next = 0; first < missing.length; first = next) {
    const { address, why } = missing[first] as Missing;
    const follows = (n: number) =>
      missing[n]?.why === why && Number(missing[n]?.address) === Number(address) + (n - first) * PAGE;
    for (next = first + 1; follows(next); ) next++;
    yield `${address}: ${plural(next - first, 'page')} not in memory (${why}); shown as zeroes`;
  }
}

function saved({ start, bytes, missing }: Bytes, path: string): Result<'read'> {
  const [first] = missing;
  if (first !== undefined) {
    throw new AbsentError(
      `${path} is not written: the page at ${first.address} is not in memory (${first.why})`,
    );
  }
  writeFileAtomically(path, bytes);
  return {
    schema: 'read',
    data: () => ({ address: `0x${start.toString(16)}`, file: path, bytes: bytes.length }),
    text: () => [`${plural(bytes.length, 'byte')} from 0x${start.toString(16)} written to ${path}`],
  };
}

// `ow symbols export DUMP` and `ow symbols import FILE`: a kernel's symbols and types as files.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type AtomicFile, writeAtomically } from '../base/atomic-file.js';
import { AbsentError, InputError, UsageError } from '../base/error.js';
import { runProgram } from './options.js';
import { plural } from './render/units.js';

interface ExportFlags {
  readonly output: string;
  readonly cache: boolean;
}

interface ImportFlags {
  readonly output?: string;
  readonly buildId?: string;
  readonly dump?: string;
}

const BUILD_ID = /^[0-9a-f]{8,128}$/;

export function runSymbols(argv: readonly string[]): Promise<number> {
  const program = new Command('ow symbols').description(
    'A kernel’s symbols and types as files (symbols/README.md).',
  );
  program
    .command('export')
    .description('write the System.map and the types (BTF) that lie in a dump: BUILD-ID.map and BUILD-ID.btf')
    .argument('<dump>')
    .option('-o, --output <dir>', 'folder to write to', '.')
    .option('--no-cache', 'neither read nor write what is remembered: symbols, types, compiled code')
    .action((dump: string, flags: ExportFlags) => exportSymbols(dump, flags));
  program
    .command('import')
    .description('keep a System.map, vmlinux or BTF file for dumps whose own tables are damaged')
    .argument('<file>')
    .option('--build-id <hex>', 'build id of the kernel (a vmlinux tells it itself)')
    .option('--dump <dump>', 'take the build id from this dump, and check that the file fits it')
    .option('-o, --output <dir>', 'folder to keep it in (default: XDG_DATA_HOME/otherworld/symbols)')
    .action((file: string, flags: ImportFlags) => importSymbols(file, flags));
  return runProgram(program, argv);
}

async function exportSymbols(path: string, flags: ExportFlags): Promise<void> {
  const [{ openDump }, { writeSystemMap }, { typesFile }] = await Promise.all([
    import('../parsers/dump.js'),
    import('../parsers/symbols/system-map.js'),
    import('../parsers/types/types-file.js'),
  ]);
  const dump = openDump(path, { noCache: !flags.cache });
  try {
    const { symbols, types, location } = dump.kernel;
    if (location.buildId === null) throw new AbsentError('the build id of this kernel could not be read');
    mkdirSync(flags.output, { recursive: true });
    const map = join(flags.output, `${location.buildId}.map`);
    const count = writeText(map, writeSystemMap(symbols, location.kaslrOffset));
    process.stdout.write(`${map}: ${plural(count, 'symbol')} of Linux ${location.release}\n`);
    const blob = typesFile(types);
    if (blob === undefined) throw new AbsentError('the types of this kernel could not be read');
    const btf = join(flags.output, `${location.buildId}.btf`);
    writeAtomically(btf, (file) => file.write(blob));
    process.stdout.write(`${btf}: ${blob.length} bytes of BTF\n`);
  } finally {
    dump.close();
  }
}

const CHUNK = 1 << 16;

/** Writes lines as they come; returns how many. */
function writeText(path: string, lines: Iterable<string>): number {
  let count = 0;
  writeAtomically(path, (file: AtomicFile) => {
    let chunk = '';
    for (const line of lines) {
      count++;
      chunk += line;
      if (chunk.length < CHUNK) continue;
      file.write(Buffer.from(chunk));
      chunk = '';
    }
    file.write(Buffer.from(chunk));
  });
  return count;
}

async function importSymbols(path: string, flags: ImportFlags): Promise<void> {
  const [{ readSymbolFile }, { userLibrary }] = await Promise.all([
    import('../parsers/symbols/symbol-file.js'),
    import('../parsers/symbols/library.js'),
  ]);
  const { table, types } = readSymbolFile(path);
  const buildId = table?.buildId ?? flags.buildId ?? (await buildIdOf(path, table !== undefined, flags.dump));
  if (buildId === undefined) {
    throw new UsageError(
      `${path} does not tell its kernel’s build id`,
      'Name it: --build-id HEX, or --dump DUMP.',
    );
  }
  if (!BUILD_ID.test(buildId))
    throw new UsageError(`${buildId} is no build id`, 'Hex digits, as `ow-inspect DUMP info` shows.');
  const folder = flags.output ?? userLibrary();
  mkdirSync(folder, { recursive: true });
  if (table !== undefined) {
    const kept = join(folder, `${buildId}.map`);
    const count = writeText(kept, table.lines());
    process.stdout.write(`${kept}: ${plural(count, 'symbol')}\n`);
  }
  if (types !== undefined) {
    const kept = join(folder, `${buildId}.btf`);
    writeAtomically(kept, (file) => file.write(types));
    process.stdout.write(`${kept}: ${types.length} bytes of BTF\n`);
  }
}

/** The build id of a dump's kernel; with a map, the dump is read by that map, so that a wrong one is refused. */
async function buildIdOf(
  path: string,
  isMap: boolean,
  dumpPath: string | undefined,
): Promise<string | undefined> {
  if (dumpPath === undefined) return undefined;
  const { openDump } = await import('../parsers/dump.js');
  const dump = openDump(dumpPath, isMap ? { systemMap: path, noCache: true } : { btf: path, noCache: true });
  try {
    const { buildId } = dump.kernel.location;
    if (buildId === null) throw new InputError(`${dumpPath}: the build id of its kernel could not be read`);
    return buildId;
  } finally {
    dump.close();
  }
}

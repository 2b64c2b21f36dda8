// `ow snapshot DUMP -o FILE`: the whole description of a dead machine as one JSON document (docs/snapshot.md). It is
// written while it is read, and the file appears when it is complete.
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { Command } from 'commander';
import { type AtomicFile, writeAtomically } from '../base/atomic-file.js';
import { EXIT, UsageError } from '../base/error.js';
import type { Dump } from '../parsers/dump.js';
import { addGlobals, type GlobalOptions, openOptions, parseOrHelp } from './options.js';
import { reportProgress } from './render/progress.js';
import { bytes, plural } from './render/units.js';

const CHUNK = 1 << 18;
const USAGE = 'ow snapshot DUMP [-o FILE]; ow snapshot --help tells more.';

interface Flags extends GlobalOptions {
  readonly output?: string;
}

export async function runSnapshot(argv: readonly string[]): Promise<number> {
  const command = snapshotCommand();
  if (parseOrHelp(command, argv, USAGE)) return EXIT.ok;
  const [path, ...more] = command.args;
  if (path === undefined || more.length > 0) throw new UsageError('name one dump', USAGE);
  return writeSnapshot(path, command.opts<Flags>());
}

function snapshotCommand(): Command {
  const command = new Command('ow snapshot')
    .description('Write the whole description of a dump, every process of it, as one JSON document.')
    .argument('[dump]')
    .option('-o, --output <file>', 'file to write (default: standard output)')
    .allowExcessArguments()
    .action(() => {});
  return addGlobals(command);
}

async function writeSnapshot(path: string, flags: Flags): Promise<number> {
  const [{ openDump }, { snapshotJson }] = await Promise.all([
    import('../parsers/dump.js'),
    import('../parsers/build-snapshot.js'),
  ]);
  const bar = reportProgress(process.stderr);
  try {
    const dump = openDump(path, openOptions(flags));
    try {
      const chunks = gathered(snapshotJson(dump));
      if (flags.output === undefined) await toStream(chunks, process.stdout);
      else toFile(chunks, flags.output);
      bar.clear();
      return report(dump, flags.output);
    } finally {
      dump.close();
    }
  } finally {
    bar.clear();
  }
}

/** Pieces put together, so that not each of them is written by itself. */
function* gathered(pieces: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

function toFile(chunks: Iterable<Buffer>, path: string): void {
  let written = 0;
  writeAtomically(path, (file: AtomicFile) => {
    for (const chunk of chunks) file.write(chunk);
    written = file.bytes;
  });
  process.stdout.write(`${path}: ${bytes(written)}\n`);
}

async function toStream(chunks: Iterable<Buffer>, stream: Writable): Promise<void> {
  for (const chunk of chunks) {
    if (!stream.write(chunk)) await once(stream, 'drain');
  }
}

function report({ kernel: { faults } }: Dump, path: string | undefined): number {
  if (faults.count === 0) return EXIT.ok;
  const where = path === undefined ? 'its' : `${path}’s`;
  process.stderr.write(
    `ow: ${plural(faults.count, 'thing')} could not be read; ${where} \`faults\` lists them\n`,
  );
  return EXIT.faults;
}

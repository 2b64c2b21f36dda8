// The fixtures: captures of real guests, trimmed, each with what its kernel said of itself. Nothing here or beside
// truth.json was made by the code under test.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTruth, type Truth } from '../../src/lab/truth.js';
import { type Dump, openDump } from '../../src/parsers/dump.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export interface Fixture {
  readonly name: string;
  readonly dumpPath: string;
  readonly dump: Dump;
  readonly truth: Truth;
}

/** Folder whose subfolders are captures; OW_CAPTURES points the same tests at fresh, untrimmed ones. */
const folder = process.env['OW_CAPTURES'] ?? join(root, 'fixtures');
const DUMPS = ['capture.lime.lz4', 'dump.raw', 'dump.elf'];
const TRUTHS = ['truth.json', 'truth.json.gz'];

function first(directory: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(directory, name)).find((path) => existsSync(path));
}

/** Names of all fixtures, so that tests can be declared before anything is opened. */
export const FIXTURES: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && first(join(folder, entry.name), TRUTHS) !== undefined)
  .map((entry) => entry.name)
  .sort();

export function fixturePath(name: string, files: readonly string[] = DUMPS): string {
  const path = first(join(folder, name), files);
  if (path === undefined) throw new Error(`fixture ${name} is incomplete`);
  return path;
}

export function openFixture(name: string): Fixture {
  const dumpPath = fixturePath(name);
  const truthPath = fixturePath(name, TRUTHS);
  return { name, dumpPath, dump: openDump(dumpPath, { noCache: true }), truth: readTruth(truthPath) };
}

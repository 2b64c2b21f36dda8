// Compiled code that is kept between runs, as Python keeps its .pyc files: in the user's cache directory, a file for each
// kind of run (`ps`, `maps` … compile different parts), program build and Node.js version. V8 itself refuses code of
// another version or with other flags, but trusts the bytes; so a checksum stands behind them. It is to tell damage, and
// only that: Node's cryptography takes as long to load as all else that starts a run.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

const CHECKSUM_BYTES = 4;
/** Kinds of runs that are kept, some hundred kilobytes each; the oldest are dropped. */
const MOST = 24;
/** Runs that do next to nothing: what they compile is no use to others of their kind. */
const TRIFLES = new Set(['-h', '--help', '-V', '--version', 'help']);
const WORD = /^[a-z][a-z-]{0,15}$/;
/** Commands whose own commands have little in common. */
const GROUPS = new Set(['plan']);

/** The file for code of such a run; null for a run that is to use no cache, or does next to nothing. */
export function placeOfCode(
  program: string,
  argv: readonly string[],
  build: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | null {
  if (argv.length === 0 || argv.some((word) => word === '--no-cache' || TRIFLES.has(word))) return null;
  const words = argv.filter((word, i) => WORD.test(word) && !(i === 0 && word === 'inspect'));
  const kind = words.slice(0, GROUPS.has(words[0] ?? '') ? 2 : 1).join('-') || 'overview';
  const cache = env['XDG_CACHE_HOME'] || ownCache();
  if (cache === undefined) return null;
  return join(cache, 'otherworld', 'code', `${program}.${kind}.${process.version}-${process.arch}.${build}`);
}

/** Undefined for a user without a home, of whom the program itself will tell more. */
function ownCache(): string | undefined {
  try {
    return join(homedir(), '.cache');
  } catch {
    return undefined;
  }
}

/** Undefined where there is none, or none that is whole. */
export function keptCode(place: string): Buffer | undefined {
  try {
    const bytes = readFileSync(place);
    // In front, where V8 finds it aligned; else it would copy it.
    const code = bytes.subarray(0, -CHECKSUM_BYTES);
    return checksum(code).equals(bytes.subarray(code.length)) ? code : undefined;
  } catch {
    return undefined; // not there, which is no fault
  }
}

/** Failure is passed over: the program has done its work, and will compile again the next time. */
export function keepCode(place: string, code: Uint8Array): void {
  const temporary = `${place}.${process.pid}.part`;
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    write(temporary, [code, checksum(code)]);
    renameSync(temporary, place);
    prune(place);
  } catch {
    remove(temporary);
  }
}

function checksum(code: Uint8Array): Buffer {
  const bytes = Buffer.alloc(CHECKSUM_BYTES);
  bytes.writeUInt32LE(crc32(code));
  return bytes;
}

/** On disk before it gets its name, so that a crash of the machine leaves no half of it. */
function write(path: string, parts: readonly Uint8Array[]): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (const part of parts) writeSync(file, part);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Removes the same kind's code of other builds, then the oldest beyond what is kept. */
function prune(place: string): void {
  const directory = dirname(place);
  const names = readdirSync(directory).filter((name) => name !== basename(place));
  const sameKind = basename(place).replace(/[^.]*$/, '');
  const replaced = names.filter((name) => name.startsWith(sameKind));
  const others = names
    .filter((name) => !name.startsWith(sameKind))
    .map((name) => ({ name, kept: statSync(join(directory, name)).mtimeMs }))
    .sort((a, b) => b.kept - a.kept)
    .slice(MOST - 1);
  for (const name of [...replaced, ...others.map((each) => each.name)]) remove(join(directory, name));
}

/** What stands in the way of writing may stand in the way of removing. */
function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

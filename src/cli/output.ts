// The one place that prints: results on stdout as text or JSON, faults and errors on stderr.
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { EXIT } from '../base/error.js';
import type { FaultLog } from '../base/fault.js';
import { bytesOfText } from '../base/text.js';
import { jsonPieces } from './json.js';
import { type ColorChoice, styleFor } from './render/style.js';
import { plural } from './render/units.js';
import type { AnyResult } from './result.js';

const CHUNK = 1 << 16;

export interface OutputOptions {
  readonly json: boolean;
  readonly color: ColorChoice;
}

export interface Streams {
  readonly stdout: Writable & { isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
}

/** Prints a result; returns the exit code. */
export async function printResult(
  result: AnyResult,
  options: OutputOptions,
  faults?: FaultLog,
  // Node.js makes a stream of the process when it is first named, and loads a part of itself for it.
  streams: Streams = process,
): Promise<number> {
  const { stdout } = streams;
  const pieces = options.json
    ? jsonPieces(result, () => faults?.count ?? 0, stdout.isTTY === true)
    : withNewlines(result.text(styleFor(options.color, stdout)));
  await writeAll(pieces, stdout);
  if (faults === undefined || faults.count === 0) return result.exitCode ?? EXIT.ok;
  streams.stderr.write(
    `ow: ${plural(faults.count, 'thing')} could not be read; the section \`faults\` lists them\n`,
  );
  return result.exitCode ?? EXIT.faults;
}

export function* withNewlines(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}

/** Gathers what is small, and waits where the reader is slow. */
export async function writeAll(pieces: Iterable<string>, stdout: Writable): Promise<void> {
  let chunk = '';
  for (const piece of pieces) {
    chunk += piece;
    if (chunk.length < CHUNK) continue;
    await write(chunk, stdout);
    chunk = '';
  }
  if (chunk !== '') await write(chunk, stdout);
}

async function write(text: string, stdout: Writable): Promise<void> {
  const told = stdout.write(text.isWellFormed() ? text : bytesOfText(text));
  if (!told) await once(stdout, 'drain');
}

// Real dumps with one structure broken: each damage is a fault that says where, costs what hangs on it and no more, and
// never a hang. A test that takes too long fails by its timeout.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../src/base/error.js';
import type { Dump } from '../../src/parsers/dump.js';
import { readEverything } from '../../src/parsers/read-everything.js';
import { runCli } from '../unit/helpers/run-cli.js';
import { Surgeon } from '../unit/helpers/surgeon.js';
import { NOT_CANONICAL } from './damage/damage.js';
import { FILES } from './damage/files.js';
import { MEMORY } from './damage/memory.js';
import { SYSTEM } from './damage/system.js';
import { TASKS } from './damage/tasks.js';
import { FIXTURES, openFixture } from './fixtures.js';

const CHOSEN = FIXTURES.filter((name) => ['bullseye', 'sid'].includes(name));

describe.each(CHOSEN.length > 0 ? CHOSEN : FIXTURES.slice(0, 1))('%s with', (name) => {
  let sound: Dump;
  let cacheDirectory: string;
  beforeAll(async () => {
    cacheDirectory = mkdtempSync(join(tmpdir(), 'ow-bad-'));
    ({ dump: sound } = openFixture(name));
    const warm = new Surgeon(sound).open({ cacheDirectory });
    for (const section of ['overview', 'faults']) await runCli(warm, [section]);
    warm.close();
  });
  afterAll(() => {
    sound.close();
    rmSync(cacheDirectory, { recursive: true, force: true });
  });

  test.each([...TASKS, ...MEMORY, ...FILES, ...SYSTEM])('$what', async ({ change, show, faults, also }) => {
    const surgeon = new Surgeon(sound);
    change(surgeon);
    const broken = surgeon.open({ cacheDirectory });
    for (const section of show) {
      const text = await runCli(broken, section.split(' '));
      expect([0, 1, 5], `${section}: ${text.stderr}`).toContain(text.code);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be printed
      if (text.code !== 1) expect(text.stdout).not.toMatch(/[\0-\x08\x0b-\x1f]/);
      const json = await runCli(broken, [...section.split(' '), '--json']);
      expect(json.code).toBe(text.code === 0 ? json.code : text.code);
      if (json.code !== 1) expect(JSON.parse(json.stdout).faults).toBe(broken.kernel.faults.count);
    }
    also?.(broken, sound);
    const kinds = new Set(broken.kernel.faults.records.map(({ kind }) => kind));
    if (faults.length > 0)
      expect(
        [...kinds].some((kind) => faults.includes(kind)),
        `${[...kinds]}`,
      ).toBe(true);
    // Who is not concerned is as it was.
    const others = await runCli(broken, ['maps', 'less']);
    expect(others.stdout).toBe((await runCli(sound, ['maps', 'less'])).stdout);
    broken.close();
  });

  test.for<[string, bigint]>([
    ['kallsyms_num_syms', 0xffff_ffffn],
    ['kallsyms_num_syms', 0n],
    ['kallsyms_relative_base', NOT_CANONICAL],
    ['kallsyms_token_index', 0xffff_ffff_ffff_ffffn],
    ['kallsyms_token_table', 0n],
    ['kallsyms_names', 0n],
    ['kallsyms_markers', 0xffff_ffff_ffff_ffffn],
    ['__start_BTF', 0n],
  ])('%s of %s: the kernel is found all the same, or refused', ([symbol, value], { skip }) => {
    // Not every kernel names its own symbol tables.
    if (sound.kernel.symbols.address(symbol) === undefined) return skip('not named');
    const surgeon = new Surgeon(sound);
    surgeon.word(surgeon.symbol(symbol), value);
    readOrRefused(surgeon);
  });

  test.each([4, 8, 12, 16, 20])('0x7fffffff at %d in the BTF header: refused', (offset) => {
    const surgeon = new Surgeon(sound);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(0x7fff_ffff);
    surgeon.write(surgeon.symbol('__start_BTF') + BigInt(offset), bytes);
    readOrRefused(surgeon);
  });

  test('zeroes in the first 64 MiB: the kernel is found all the same, or refused', () => {
    const surgeon = new Surgeon(sound);
    const page = new Uint8Array(4096);
    for (const { start, end } of sound.image.ranges) {
      for (let at: number = start; at < Math.min(end, 64 << 20); at += 4096) surgeon.overlay.write(at, page);
    }
    readOrRefused(surgeon);
  });

  function readOrRefused(surgeon: Surgeon): void {
    try {
      const broken = surgeon.open({ noCache: true });
      readEverything(broken);
      expect(broken.tasks.length).toBeGreaterThan(0);
      broken.close();
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
    }
  }
});

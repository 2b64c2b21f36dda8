// The same dead guest in every container: what is read must not depend on it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trimDump } from '../../src/lab/fixture.js';
import { type Dump, openDump } from '../../src/parsers/dump.js';

const captures = process.env['OW_CAPTURES'] as string;

describe.each(readdirSync(captures))('%s', (suite) => {
  const folder = join(captures, suite);
  const scratch = mkdtempSync(join(tmpdir(), 'otherworld-formats-'));
  let raw: Dump;
  beforeAll(() => {
    raw = openDump(join(folder, 'dump.raw'), { noCache: true });
  });
  afterAll(() => {
    raw.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  /** What must be equal: every task, and every VMA of every process. */
  function facts(dump: Dump): unknown {
    return dump.tasks.map((task) => [
      task,
      dump.vmas(task).map(({ start, end, name }) => [start, end, name]),
    ]);
  }

  function expectTheSame(path: string, format: RegExp): void {
    const dump = openDump(path, { noCache: true });
    try {
      expect(dump.image.format).toMatch(format);
      expect(facts(dump)).toEqual(facts(raw));
      expect(dump.kernel.faults.records).toEqual([]);
    } finally {
      dump.close();
    }
  }

  test.skipIf(!existsSync(join(folder, 'dump.elf')))('ELF vmcore written by QEMU', () => {
    expectTheSame(join(folder, 'dump.elf'), /ELF/);
  });

  test('raw in LZ4, packed by lz4(1)', () => {
    const packed = join(scratch, 'dump.raw.lz4');
    execFileSync('lz4', ['-q', '-BI', '-B6', join(folder, 'dump.raw'), packed]);
    expectTheSame(packed, /LZ4/);
  });

  test('trimmed: LiME in LZ4, and plain after lz4 -d', async () => {
    const trimmed = join(scratch, 'capture.lime.lz4');
    await trimDump(join(folder, 'dump.raw'), trimmed, { processes: [], pagesEach: 0 });
    expectTheSame(trimmed, /LiME in LZ4/);
    execFileSync('lz4', ['-q', '-d', trimmed, join(scratch, 'capture.lime')]);
    expectTheSame(join(scratch, 'capture.lime'), /LiME/);
  });
});

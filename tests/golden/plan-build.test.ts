// `ow plan build` on a real dump: what it writes, what it says, what it leaves when it fails.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Phys } from '../../src/base/address.js';
import { AbsentError, UsageError } from '../../src/base/error.js';
import { type BuildFlags, build } from '../../src/cli/plan/build.js';
import { openImage } from '../../src/parsers/image/open.js';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { PAGE_FLAG, PAGE_SOURCE } from '../../src/resurrect/abi/records/memory.js';
import { FIXTURES, fixturePath } from './fixtures.js';

const path = fixturePath(FIXTURES[0] as string);
const GLOBALS = { color: 'never', cache: false, logLevel: 'silent' } as const;
let folder: string;
let said = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ow-plan-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const run = (flags: Partial<BuildFlags>) => build(path, { ...GLOBALS, ...flags });

test('writes a plan, and says who continues', async () => {
  const output = join(folder, 'all.owplan');
  expect(await run({ output })).toBe(0);
  const plan = decodePlan(readFileSync(output), output);
  expect(said).toContain(`${plan.process.length} processes, ${plan.step.length} steps`);
  expect(said).toMatch(/^verdicts {2}\d+ continue, \d+ need their crash procedures(, \d+ are lost)?$/m);
});

test('a dry run writes nothing; -v tells why each was taken', async () => {
  expect(await run({ dryRun: true, output: join(folder, 'not.owplan'), select: ['vi'], verbose: true })).toBe(
    0,
  );
  expect(existsSync(join(folder, 'not.owplan'))).toBe(false);
  expect(said).toMatch(/^ +\d+ vi: selected by vi$/m);
  expect(said).toMatch(/^ +\d+ tmux.*: .*, with \d+$/m);
  expect(said).toContain('not written; ');
});

test('JSON says the same', async () => {
  await run({ dryRun: true, select: ['vi'], json: true });
  const { schema, data } = JSON.parse(said);
  expect(schema).toContain('plan-build');
  expect(data.plan).toBeNull();
  expect(
    data.processes.filter((process: { taken: string }) => process.taken === 'selected by vi'),
  ).toHaveLength(1);
});

test('what nobody is, or no file to write: an error, and no file', async () => {
  const before = readdirSync(folder);
  await expect(run({ output: join(folder, 'x.owplan'), select: ['no-such-process'] })).rejects.toThrow(
    AbsentError,
  );
  await expect(run({})).rejects.toThrow(UsageError);
  expect(readdirSync(folder)).toEqual(before);
});

test('digests are of the memory in the dump', async () => {
  const output = join(folder, 'digests.owplan');
  await run({ output, select: ['vi'], digests: true });
  const plan = decodePlan(readFileSync(output), output);
  expect(plan.header.features).toBe(1n);
  const image = openImage(path);
  const runs = plan.mm.flatMap(({ vmas }) => vmas.flatMap(({ pages }) => pages));
  let compared = 0;
  for (const { source, pfn, pages, flags, digest } of runs) {
    const bytes = new Uint8Array(pages * 4096);
    const there = image.read((pfn * 4096) as Phys, bytes) === bytes.length;
    if (source !== PAGE_SOURCE.frame || !there) continue;
    expect([flags & PAGE_FLAG.digest, digest]).toEqual([PAGE_FLAG.digest, crc32(bytes)]);
    compared++;
  }
  image.close();
  expect(compared).toBeGreaterThan(0);
});

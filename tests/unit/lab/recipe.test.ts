import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  defaultCacheDir,
  diskKey,
  guestDir,
  guestSpec,
  listFiles,
  rootfsKey,
} from '../../../src/lab/recipe.js';
import { mmdebstrapArgs, parseSuite, parseWorkloads } from '../../../src/lab/suites.js';

const dir = mkdtempSync(join(tmpdir(), 'ow-recipe-'));
beforeAll(() => {
  mkdirSync(join(dir, 'workloads'));
  writeFileSync(join(dir, 'init.c'), 'one');
  writeFileSync(join(dir, 'workloads', 'zoo.sh'), 'two');
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('keys', () => {
  test('of the disk change with any guest file, those of the root file system do not', () => {
    const spec = guestSpec({ suite: 'bookworm' });
    const [disk, rootfs] = [diskKey(spec, dir), rootfsKey(spec)];
    expect(diskKey(spec, dir)).toBe(disk);
    writeFileSync(join(dir, 'workloads', 'zoo.sh'), 'three');
    expect(diskKey(spec, dir)).not.toBe(disk);
    expect(rootfsKey(spec)).toBe(rootfs);
  });

  test('tell suites, flavours, kernels and mirrors apart', () => {
    const specs = [
      guestSpec({ suite: 'bookworm' }),
      guestSpec({ suite: 'trixie' }),
      guestSpec({ suite: 'bookworm', flavour: 'rt' }),
      guestSpec({ suite: 'bookworm', kernelPackage: 'linux-image-6.1.0-9-cloud-amd64' }),
      guestSpec({ suite: 'bookworm', mirror: 'http://mirror.invalid/debian' }),
    ];
    expect(new Set(specs.map(rootfsKey)).size).toBe(specs.length);
    expect(rootfsKey(specs[2]!)).toMatch(/^bookworm-rt-[0-9a-f]{12}$/);
  });
});

test('the cache is where the XDG specification says', () => {
  expect(defaultCacheDir({ XDG_CACHE_HOME: '/x' })).toBe('/x/otherworld/lab');
  expect(defaultCacheDir({})).toMatch(/\/\.cache\/otherworld\/lab$/);
});

test('the guest files are found, with all workloads', () => {
  const files = listFiles(guestDir());
  expect(files).toEqual(
    expect.arrayContaining(['init.c', 'record/main.c', 'zoo/keeper.c', 'workloads/run.sh']),
  );
  for (const work of parseWorkloads('editors,servers,zoo')) expect(files).toContain(`workloads/${work}.sh`);
});

test('a name that is not known is refused with those that are', () => {
  expect(() => parseSuite('buster')).toThrow("unknown suite 'buster'");
  expect(() => parseWorkloads('zoo,games')).toThrow("unknown workload 'games'");
});

test("sid's outdated Release file is allowed, the others' are not", () => {
  const outdated = '--aptopt=Acquire::Check-Valid-Until "false"';
  expect(mmdebstrapArgs('sid', 'linux-image-amd64', 't', 'm')).toContain(outdated);
  expect(mmdebstrapArgs('trixie', 'linux-image-amd64', 't', 'm')).not.toContain(outdated);
});

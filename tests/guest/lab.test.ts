// The lab itself on a real guest: what it leaves, that it cleans up after a guest that fails, and that two builds
// of one guest do not disturb each other.
import { existsSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OwError } from '../../src/base/error.js';
import { buildGuest, canBuild } from '../../src/lab/build.js';
import { captureGuest } from '../../src/lab/capture.js';
import { CAPTURE_PROGRAMS, hasProgram } from '../../src/lab/host.js';
import { framesOf, pagesOf } from '../../src/lab/pages.js';
import { readTruth, type Truth, textOf } from '../../src/lab/truth.js';

const possible = canBuild() && CAPTURE_PROGRAMS.every((name) => hasProgram(name));
const dir = mkdtempSync(join(tmpdir(), 'ow-guest-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function firstBytes(path: string, n: number): Buffer {
  const bytes = Buffer.alloc(n);
  readSync(openSync(path, 'r'), bytes, 0, n, 0);
  return bytes;
}

describe.runIf(possible)('a bookworm guest with the zoo', () => {
  const out = join(dir, 'capture');
  let truth: Truth;

  beforeAll(async () => {
    const machine = { ramBytes: 768 << 20, workloads: ['zoo'] };
    await Promise.all([buildGuest({ suite: 'bookworm' }), buildGuest({ suite: 'bookworm' })]);
    await captureGuest({ suite: 'bookworm', out, machine, elf: true, kdump: true });
    truth = readTruth(join(out, 'truth.json'));
  });

  test('leaves its RAM, its truth, and the formats that were asked for', () => {
    expect(readdirSync(out).sort()).toEqual(
      [
        'console.log',
        'dump.elf',
        'dump.kdump',
        'dump.raw',
        'kallsyms.txt.gz',
        'swap.raw',
        'truth.json',
      ].sort(),
    );
    const raw = statSync(join(out, 'dump.raw'));
    expect(raw.size).toBe(768 << 20);
    expect(raw.blocks * 512).toBeLessThan(raw.size);
    expect(firstBytes(join(out, 'dump.elf'), 4).toString('latin1')).toBe('\x7fELF');
    // The flattened form of it.
    expect(firstBytes(join(out, 'dump.kdump'), 12).toString('latin1')).toBe('makedumpfile');
  });

  test('holds every specimen, or says why not', () => {
    const lines = textOf(truth.system['/run/otherworld/zoo'])?.trim().split('\n') ?? [];
    expect(lines.filter((line) => /died|never got ready/.test(line))).toEqual([]);
    const ready = lines.map((line) => line.split(' ')).filter(([, , outcome]) => outcome === 'ready');
    // All but a few, which ask for what this processor or this kernel has not.
    expect(lines.length - ready.length).toBeLessThan(5);
    expect(ready.length).toBeGreaterThan(60);
    for (const [name, pid = ''] of ready)
      expect(textOf(truth.processes[pid]?.files['comm'])).toBe(`${name}\n`);
  });

  test('recorded pages that are those of its RAM', () => {
    const frames = framesOf(truth);
    expect(frames.size).toBeGreaterThan(2000);
    expect(truth.pages?.unstableFrames.length).toBeLessThan(100);
    const swapped = Object.keys(truth.processes).flatMap((pid) =>
      [...pagesOf(truth, Number(pid))].filter((page) => page.swapped),
    );
    expect(swapped.length).toBeGreaterThan(0);
  });
});

describe.runIf(possible)('a guest that fails', () => {
  test('is an error with what its console said, and leaves nothing', async () => {
    const out = join(dir, 'failed');
    const machine = { ramBytes: 512 << 20, workloads: ['zoo'], append: 'init=/no/such/init' };
    const error = (await captureGuest({ suite: 'bookworm', out, machine }).catch((e) => e)) as OwError;
    expect(error.message).toContain('/no/such/init');
    expect(error.hint).toContain('ow: FATAL');
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(dir).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

// Core files: their memory against the digests that the guest took of each page, and what gdb makes of them against
// /proc/PID/syscall, /proc/PID/maps and the values that zoo-registers put into its registers.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeAtomically } from '../../src/base/atomic-file.js';
import { framesOf, pageDigest, pagesOf } from '../../src/lab/pages.js';
import { isStable, textOf } from '../../src/lab/truth.js';
import { type CoreReport, writeCore } from '../../src/parsers/core/core-file.js';
import { threadOf } from '../../src/parsers/parts/threads.js';
import type { Task } from '../../src/snapshot/task.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const PAGE = 4096;
const hasGdb = spawnSync('gdb', ['--version']).status === 0;
const ZOO = ['zoo-registers', 'zoo-threads', 'zoo-signals', 'zoo-memory', 'zoo-pidns'];

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  let folder: string;
  beforeAll(() => {
    fixture = openFixture(name);
    folder = mkdtempSync(join(tmpdir(), 'ow-core-'));
  });
  afterAll(() => {
    fixture.dump.close();
    rmSync(folder, { recursive: true });
  });

  /** Processes of the zoo that this guest has; zoo-registers is always among them. */
  function specimens(): Task[] {
    const found = fixture.dump.tasks.filter(
      ({ leader, mm, comm }) => leader && mm !== null && ZOO.includes(comm),
    );
    expect(found.map(({ comm }) => comm)).toContain('zoo-registers');
    return found;
  }

  function core(task: Task): { path: string; report: CoreReport } {
    const path = join(folder, String(task.pid));
    let report: CoreReport | undefined;
    writeAtomically(path, (file) => {
      report = writeCore(fixture.dump, task, file);
    });
    return { path, report: report as CoreReport };
  }

  test('memory: every page as the guest digested it', () => {
    const compare = new Comparison();
    const digests = framesOf(fixture.truth);
    const unstable = new Set(fixture.truth.pages?.unstableFrames);
    for (const task of specimens()) {
      const file = readFileSync(core(task).path);
      const at = loads(file);
      for (const { address, pfn } of pagesOf(fixture.truth, task.pid)) {
        const digest = pfn === undefined || unstable.has(pfn) ? undefined : digests.get(pfn)?.digest;
        const held = pfn !== undefined && fixture.dump.kernel.mem.physical.has(pfn * PAGE);
        if (digest === undefined || !held) continue;
        const offset = at(Number(address));
        const ours = offset === undefined ? 'unknown' : pageDigest(file.subarray(offset, offset + PAGE));
        compare.same(`${task.comm} 0x${address.toString(16)}`, ours, digest);
      }
    }
    compare.finish(100);
  });

  describe.runIf(hasGdb)('in gdb', () => {
    const gdb = (path: string, ...commands: string[]) =>
      execFileSync('gdb', ['-batch', '-nx', ...commands.flatMap((each) => ['-ex', each]), '-c', path], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });

    test('all threads, each where /proc/PID/syscall saw it', () => {
      const compare = new Comparison();
      for (const task of specimens()) {
        const { path, report } = core(task);
        const theirs = fixture.truth.processes[task.pid]?.threads ?? {};
        const told = gdb(path, 'info threads', 'thread apply all -q printf "at %lx %lx\\n", $sp, $pc');
        const lwps = [...told.matchAll(/^[* ] +\d+ +(?:LWP|Thread \S+ \(LWP) (\d+)/gm)].map(([, lwp]) =>
          Number(lwp),
        );
        compare.same(`${task.comm} threads`, lwps.sort(), Object.keys(theirs).map(Number).sort());
        compare.same(`${task.comm} report`, [...report.threads].sort(), [...lwps].sort());
        for (const tid of Object.keys(theirs)) {
          const syscall = textOf(theirs[tid]?.files['syscall'])?.trim().split(' ');
          if (syscall === undefined || syscall.length < 3) continue;
          if (!isStable(fixture.truth, `processes ${task.pid} threads ${tid} files syscall`)) continue;
          const [sp, pc] = syscall.slice(-2).map((word) => word.slice(2));
          compare.same(`${task.comm} ${tid}`, told.includes(`at ${sp} ${pc}\n`), true);
        }
      }
      compare.finish(6);
    });

    test('the registers that zoo-registers filled, and its mappings', () => {
      const task = specimens().find(({ comm }) => comm === 'zoo-registers') as Task;
      const { path } = core(task);
      const xmm = Array.from({ length: 16 }, (_, n) => `p/x $xmm${n}.uint128`);
      const told = gdb(
        path,
        'info registers',
        'p $st0',
        'p $st1',
        ...xmm,
        'info proc mappings',
        'bt 1',
        'info auxv',
      );
      for (const [register, value] of [
        ...[
          ['rbx', 'b0b0b0b0b0b0b0b0'],
          ['r8', '808080808080808'],
          ['r9', '909090909090909'],
        ],
        ...[
          ['r10', '1010101010101010'],
          ['r12', '1212121212121212'],
          ['r13', '1313131313131313'],
        ],
        ...[
          ['r14', '1414141414141414'],
          ['r15', '1515151515151515'],
        ],
      ]) {
        expect(told).toMatch(new RegExp(`^${register} +0x${value} `, 'm'));
      }
      const vectors = [...told.matchAll(/ = 0x(feed[0-9a-f]+)$/gm)].map(([, digits]) => digits);
      const filled = (n: number) => `feed${n.toString(16).padStart(12, '0')}${n.toString(16).repeat(16)}`;
      expect(vectors).toEqual(Array.from({ length: 16 }, (_, n) => filled(n)));
      expect(told).toContain(' = 1\n');
      expect(told).toMatch(/ = 3\.14159265358979323/);
      expect(told).toContain('Core was generated by `zoo-registers');
      const maps = textOf(fixture.truth.processes[task.pid]?.files['maps']) ?? '';
      const [, start, end, program] = /^0*([0-9a-f]+)-0*([0-9a-f]+) .* (\/.*)$/m.exec(maps) ?? [];
      expect(told).toMatch(new RegExp(`0x${start} +0x${end} .*${program}`));
      const { orig_ax, ip } = threadOf(fixture.dump, task).registers ?? { orig_ax: '', ip: '' };
      expect(orig_ax).toBe('0x22');
      expect(told).toContain(`#0  ${ip.replace('0x', '0x'.padEnd(18 - ip.length + 2, '0'))} in`);
      expect(told).toMatch(/^6 +AT_PAGESZ .* 4096$/m);
    });
  });
});

/** Where in the file an address is, by its PT_LOADs: read from elf(5), sharing nothing with the writer. */
function loads(file: Buffer): (address: number) => number | undefined {
  expect(file.subarray(0, 7).toString('latin1')).toBe('\x7fELF\x02\x01\x01');
  expect([file.readUInt16LE(16), file.readUInt16LE(18)]).toEqual([4, 62]);
  const table = Number(file.readBigUInt64LE(32));
  const found = Array.from({ length: file.readUInt16LE(56) }, (_, n) => {
    const at = table + n * file.readUInt16LE(54);
    const long = (offset: number) => Number(file.readBigUInt64LE(at + offset));
    return { type: file.readUInt32LE(at), offset: long(8), start: long(16), bytes: long(32), size: long(40) };
  }).filter(({ type }) => type === 1);
  expect(found.length).toBeGreaterThan(5);
  for (const { offset, bytes, size } of found) {
    expect(offset + bytes).toBeLessThanOrEqual(file.length);
    expect(bytes === 0 || bytes === size).toBe(true);
  }
  return (address) => {
    const load = found.find(({ start, bytes }) => start <= address && address < start + bytes);
    return load === undefined ? undefined : load.offset + address - load.start;
  };
}

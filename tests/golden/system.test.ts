// The machine as a whole against /proc/{modules,kallsyms,meminfo,iomem,version,cmdline}, /dev/kmsg and /sys/kernel/btf.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { procLine } from '../../src/cli/commands/modules.js';
import { isStable, textOf } from '../../src/lab/truth.js';
import { logOf, modulesOf, systemOf } from '../../src/parsers/parts/system.js';
import { kmsgText } from '../../src/parsers/system/dmesg-text.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { fieldsOf } from './proc-text.js';

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());
  const file = (path: string): string => textOf(fixture.truth.system[path]) ?? '';

  test('release, version, command line', () => {
    const system = systemOf(fixture.dump);
    expect(file('/proc/version').trim()).toContain(system.release);
    expect(file('/proc/version').trim().endsWith(system.version)).toBe(true);
    expect(system.release).toBe(fixture.truth.machine.kernel);
    expect(system.commandLine).toBe(file('/proc/cmdline').trim());
    expect(system.cpus.online).toBe(fixture.truth.machine.cpus);
  });

  test('the panic: message, CPU and task', () => {
    const { panic } = systemOf(fixture.dump);
    expect(panic.message).toBe('sysrq triggered crash');
    expect(panic.cpu).toBe(fixture.truth.recorder.cpu);
    expect(panic.tid).toBe(fixture.truth.recorder.pid);
    const names = panic.backtrace.filter((frame) => !frame.guess).map((frame) => frame.symbol ?? '');
    for (const expected of ['sysrq_handle_crash', 'write_sysrq_trigger', 'ksys_write']) {
      expect(
        names.some((symbol) => symbol.startsWith(`${expected}+`)),
        `${expected} in ${names}`,
      ).toBe(true);
    }
  });

  test('time of death is just behind the recorder’s clocks', () => {
    const { clock } = systemOf(fixture.dump);
    const told = (clockName: 'realtime' | 'boottime') => Number(fixture.truth.clocks[clockName]) / 1e9;
    const wall = Date.parse(clock.wall ?? '') / 1000;
    expect(wall).toBeGreaterThanOrEqual(told('realtime') - 0.1);
    expect(wall).toBeLessThan(told('realtime') + 60);
    expect(clock.uptime).toBeGreaterThanOrEqual(told('boottime') - 0.1);
    expect(clock.uptime).toBeLessThan(told('boottime') + 60);
  });

  test('modules, as /proc/modules', () => {
    const ours = modulesOf(fixture.dump).map((module) => `${procLine(module)}`);
    const theirs = file('/proc/modules')
      .trim()
      .split('\n')
      .map((line) => line.trimEnd());
    expect(ours).toEqual(theirs);
    expect(theirs.length).toBeGreaterThan(3);
  });

  test('kallsyms: the sample, both ways', () => {
    const compare = new Comparison();
    const { kernel } = fixture.dump;
    const count = new Map<string, number>();
    for (const line of fixture.truth.kallsyms.sample) {
      const symbol = line.split(/\s+/)[2] as string;
      count.set(symbol, (count.get(symbol) ?? 0) + 1);
    }
    for (const line of fixture.truth.kallsyms.sample) {
      const [address, , symbol, module] = line.split(/\s+/) as [string, string, string, string?];
      // Per-CPU symbols are offsets, and two modules may have symbols of one name.
      if (module !== undefined || !address.startsWith('ffff')) continue;
      const ours = kernel.symbols.address(symbol);
      const near = ours === undefined ? undefined : kernel.symbols.nearest(ours);
      compare.same(`${symbol} exists`, ours !== undefined, true);
      compare.same(`${symbol} back`, near?.offset, 0);
    }
    compare.finish(1000);
  });

  test('kallsyms: every symbol, as /proc/kallsyms prints it', () => {
    const { kernel } = fixture.dump;
    const hash = createHash('sha256');
    let total = 0;
    for (const { address, type, name: symbol, module } of kernel.symbols.all()) {
      const digits = kernel.mem.hex(address).slice(2).padStart(16, '0');
      hash.update(`${digits} ${type} ${symbol}${module === null ? '' : `\t[${module}]`}\n`);
      total++;
    }
    expect(total).toBe(fixture.truth.kallsyms.count);
    expect(hash.digest('hex')).toBe(fixture.truth.kallsyms.sha256);
  });

  test('the log, record by record', () => {
    const compare = new Comparison();
    const ours = new Map(logOf(fixture.dump).map((record) => [Number(record.sequence), record]));
    for (const theirs of fixture.truth.kmsg) {
      const record = ours.get(theirs.sequence);
      compare.same(`${theirs.sequence} text`, record && kmsgText(record), theirs.text);
      compare.same(`${theirs.sequence} level`, record?.level, theirs.level);
      compare.same(`${theirs.sequence} facility`, record?.facility, theirs.facility);
      const microseconds = Math.floor(Number(record?.timestamp) / 1000);
      compare.same(`${theirs.sequence} time`, microseconds, theirs.microseconds);
    }
    compare.finish(500);
    expect(Math.max(...ours.keys())).toBeGreaterThan(Math.max(...fixture.truth.kmsg.map((r) => r.sequence)));
  });

  test('memory totals that hold still', () => {
    const meminfo = fieldsOf(file('/proc/meminfo'));
    const { memory } = systemOf(fixture.dump);
    const compare = new Comparison();
    const check = (field: string, pages: number) => {
      if (!isStable(fixture.truth, 'system /proc/meminfo', field)) return;
      compare.same(field, `${pages * 4} kB`, meminfo.get(field));
    };
    check('MemTotal', memory.managed);
    check('SwapTotal', memory.swapTotal);
    check('SwapFree', memory.swapFree);
    check('Shmem', memory.shmem);
    compare.finish(3);
  });

  test('crash kernel reservation, as /proc/iomem', () => {
    const theirs = [...file('/proc/iomem').matchAll(/^\s*([0-9a-f]+)-([0-9a-f]+) : Crash kernel$/gm)].map(
      ([, start, end]) => [Number.parseInt(start as string, 16), Number.parseInt(end as string, 16) + 1],
    );
    const ours = systemOf(fixture.dump).crashReservations.map(({ start, end }) => [start, end]);
    expect(ours.sort((a, b) => (a[0] as number) - (b[0] as number))).toEqual(theirs);
  });
});

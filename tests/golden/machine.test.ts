// Interrupts, device numbers and run queues against /proc/{interrupts,devices,stat}, and what sysfs says of kexec.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textOf } from '../../src/lab/truth.js';
import { machineOf } from '../../src/parsers/parts/machine.js';
import { systemOf } from '../../src/parsers/parts/system.js';
import { runCli } from '../unit/helpers/run-cli.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

/** Unstable: the recorder prints to the console, and pages are written to disks, until the panic. */
const BUSY = /^ttyS0$|^virtio\d+-req/;
/** More than any of these interrupts comes in that time. */
const MORE = 1000;
/** The clock ticks, CPUs call and wake each other and stop; a machine check is polled for every five minutes. */
const AT_WORK = /^(NMI|LOC|SPU|IWI|RTR|RES|CAL|TLB|MCP)$/;
const MUCH_MORE = 100_000;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const proc = (file: string) => textOf(fixture.truth.system[file]) ?? '';

  test('/proc/interrupts: every numbered line', () => {
    const compare = new Comparison();
    const { cpus, lines } = machineOf(fixture.dump).interrupts;
    const theirs = [...proc('/proc/interrupts').matchAll(/^ *(\d+): +(.*)$/gm)];
    compare.same(
      'interrupts',
      lines.map(({ irq }) => irq),
      theirs.map(([, irq]) => Number(irq)),
    );
    for (const [i, [, irq, text]] of theirs.entries()) {
      const line = lines[i];
      if (line === undefined || text === undefined) continue;
      const words = text.split(/ +/);
      const [chip, source, ...actions] = words.slice(cpus.length);
      compare.same(`${irq} chip`, line.chip, chip);
      compare.same(`${irq} source`, `${line.hwirq}-${line.flow}`, source);
      compare.same(`${irq} handlers`, line.actions.join(', '), actions.join(' '));
      for (const [n, count] of line.counts.entries()) {
        const told = Number(words[n]);
        const busy = line.actions.some((action) => BUSY.test(action));
        const grown = busy && count >= told && count < told + MORE;
        compare.same(`${irq} CPU ${cpus[n]}`, grown ? told : count, told);
      }
    }
    compare.finish(40);
  });

  test("/proc/interrupts: the processor's own lines", () => {
    const compare = new Comparison();
    const { cpus, architecture } = machineOf(fixture.dump).interrupts;
    const theirs = [...proc('/proc/interrupts').matchAll(/^ *([A-Z]{3,}): +(.*)$/gm)];
    compare.same(
      'names',
      architecture.map((line) => line.name),
      theirs.map(([, line]) => line),
    );
    for (const [i, [, line, text = '']] of theirs.entries()) {
      const ours = architecture[i];
      const words = text.trim().split(/ +/);
      const numbers = words.filter((word) => /^\d+$/.test(word)).map(Number);
      compare.same(`${line} text`, ours?.what, words.slice(numbers.length).join(' '));
      // ERR and MIS of older kernels have one count.
      const counts = ours?.counts.length === 0 ? [ours.total] : (ours?.counts ?? []);
      compare.same(`${line} counts`, counts.length, numbers.length);
      for (const [n, told] of numbers.entries()) {
        const count = counts[n] ?? Number.NaN;
        const grown = AT_WORK.test(line ?? '') && count >= told && count < told + MUCH_MORE;
        compare.same(`${line} CPU ${cpus[n]}`, grown ? told : count, told);
      }
    }
    compare.finish(40);
    const timer = architecture.find((line) => line.name === 'LOC');
    expect(timer?.counts.every((count) => count > 1000)).toBe(true);
  });

  test('/proc/devices, byte for byte', async () => {
    expect((await runCli(fixture.dump, ['dev'])).stdout).toBe(proc('/proc/devices'));
  });

  test('run queues: who was running, and the context switches of /proc/stat', () => {
    const { runQueues } = machineOf(fixture.dump);
    const onCpu = fixture.dump.tasks.filter((task) => task.onCpu).map(({ cpu, tid }) => [cpu, tid]);
    expect(runQueues.map(({ cpu, current }) => [cpu, current])).toEqual(
      onCpu.sort(([a = 0], [b = 0]) => a - b),
    );
    expect(runQueues[fixture.truth.recorder.cpu]?.current).toBe(fixture.truth.recorder.pid);
    expect(runQueues[fixture.truth.recorder.cpu]?.running).toBeGreaterThanOrEqual(1);
    const told = Number(/^ctxt (\d+)$/m.exec(proc('/proc/stat'))?.[1]);
    const switches = runQueues.reduce((sum, queue) => sum + queue.switches, 0);
    expect(switches).toBeGreaterThanOrEqual(told);
    expect(switches).toBeLessThan(told + 10 * MORE);
  });

  test('what is loaded of the crash kernel: segments in the reservation, and as the log tells them', ({
    skip,
  }) => {
    const image = machineOf(fixture.dump).crashImage;
    if (Number(proc('/sys/kernel/kexec_crash_loaded')) === 0) return skip('no crash kernel in this capture');
    const reserved = systemOf(fixture.dump).crashReservations.find((each) => each.name === 'crashk_res');
    const segments = image?.segments ?? [];
    expect(segments.length).toBeGreaterThan(2);
    for (const { start, end } of segments) {
      expect(start).toBeGreaterThanOrEqual(reserved?.start ?? Number.NaN);
      expect(end).toBeLessThanOrEqual(reserved?.end ?? Number.NaN);
      expect(end).toBeGreaterThan(start);
    }
    expect(segments.some(({ start, end }) => image && image.entry >= start && image.entry < end)).toBe(true);
    expect(image?.byFile).toBe(true);
    // KEXEC_FILE_DEBUG, since 6.8.
    const said = fixture.truth.kmsg.map(({ text }) => text);
    const told = said.flatMap((text) => {
      const [, start, bytes] = /segment\[\d+\]: .* mem=(0x[0-9a-f]+) memsz=(0x[0-9a-f]+)/.exec(text) ?? [];
      return start === undefined ? [] : [{ start: Number(start), end: Number(start) + Number(bytes) }];
    });
    if (told.length === 0) return;
    expect(segments).toEqual(told);
    const find = (pattern: RegExp) => said.map((text) => pattern.exec(text)?.[1]).find(Boolean);
    expect(image?.entry).toBe(Number(find(/type:1, start:(0x[0-9a-f]+)/)));
  });

  test('the crash kernel: reserved and loaded as sysfs says', () => {
    const { crashReservations } = systemOf(fixture.dump);
    const bytes = crashReservations.find((each) => each.name === 'crashk_res');
    expect(bytes === undefined ? 0 : bytes.end - bytes.start).toBe(
      Number(proc('/sys/kernel/kexec_crash_size')),
    );
    const { crashImage } = machineOf(fixture.dump);
    expect(crashImage === null ? 0 : 1).toBe(Number(proc('/sys/kernel/kexec_crash_loaded')));
  });
});

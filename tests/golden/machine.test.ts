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

// What the commands print, byte for byte, against the texts of the guest's own /proc; and every section's JSON against
// its schema.
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SECTIONS } from '../../src/cli/sections.js';
import { bytesOf, isStable } from '../../src/lab/truth.js';
import { openDump } from '../../src/parsers/dump.js';
import type { Task } from '../../src/snapshot/task.js';
import { type Printed, runCli } from '../unit/helpers/run-cli.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const ajv = new Ajv({ allowUnionTypes: true });
const isOutput = ajv.compile(JSON.parse(readFileSync('docs/schema/outputs.json', 'utf8')));

/** What `core` writes. */
const CORE = join(tmpdir(), `ow-cli-${process.pid}.core`);
afterAll(() => rmSync(CORE, { force: true }));

/** At least one command line of every section. */
const COMMANDS = [
  ...['overview', 'ps', 'ps -T', 'ps --user', 'ps 1', 'tree', 'tree 1', 'task 1 2', 'maps --all'],
  ...[
    'maps 1 --verbose',
    'maps --all --files',
    'pages --all',
    'pages 1',
    'pages 1 --runs',
    'files',
    'files 1',
  ],
  ...['regs', 'regs 1 --fpu', 'regs --all --threads'],
  ...['locks', 'locks --verbose', 'ipc', 'files --verbose', 'ttys', 'ttys --verbose'],
  ...[
    'dmesg',
    'bt',
    'bt 1 2',
    'bt --active',
    'bt --cpu 0',
    'bt 1 --user --threads',
    'modules',
    'mounts',
    'sym init_task',
    'sym tcp_v?_rcv',
    'sym --module vsock',
  ],
  ...[
    'struct list_head',
    'struct task_struct.pid,comm',
    'struct task_struct.pid,comm init_task --pid 1',
    'struct list_head init_task',
  ],
  ...['struct zone_type', 'struct mm_struct.mmap_base,map_count --pid 1', 'read linux_banner 64'],
  ...['net', 'net --all --verbose', 'net --tcp 1', 'net --proc unix'],
  ...['net devices', 'net addresses', 'net routes'],
  ...['runq', 'irq', 'dev', 'dev --partitions', 'kexec', 'slab', 'slab --size', 'vmstat', 'vmstat --pending'],
  ...['sig', 'sig 1', 'timers', 'timers 1 --queues', 'ns', 'ns 1', 'cgroups'],
  ...[
    'swap',
    'swap --verbose',
    'pagecache',
    'pagecache /tmp/zoo-tmpfs',
    'pagecache --dirty',
    'tmpfs',
    'tmpfs /run',
  ],
  ...['translate linux_banner', 'translate 0', 'faults', 'info'],
];

/** These look at all of memory, and a fixture does not have all of it: faults are no fault there. */
const OF_ALL_MEMORY = [
  `core 1 -o ${CORE}`,
  'search -s version --limit 3',
  'search --phys -x 7f454c46 -l 2',
  'search --pid 1 -x 7f454c46',
];

test('every section has a command line here', () => {
  const named = new Set([...COMMANDS, ...OF_ALL_MEMORY].map((command) => command.split(' ')[0]));
  expect(SECTIONS.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
});

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const ow = (...argv: string[]): Promise<Printed> => runCli(fixture.dump, argv);

  function processes(): Task[] {
    const { recorder } = fixture.truth;
    return fixture.dump.tasks.filter((task) => task.leader && !task.idle && task.pid !== recorder.pid);
  }

  /** /proc/PID/FILE as the guest read it; undefined where it does not hold still. */
  function proc(pid: number, file: string): string | undefined {
    const value = fixture.truth.processes[pid]?.files[file];
    if (value === undefined || !isStable(fixture.truth, `processes ${pid} files ${file}`)) return undefined;
    return bytesOf(value).toString();
  }

  test('maps PID is /proc/PID/maps', async () => {
    const compare = new Comparison();
    for (const { pid } of processes()) {
      const theirs = proc(pid, 'maps');
      if (theirs === undefined) continue;
      compare.same(`${pid}`, (await ow('maps', String(pid))).stdout, theirs);
    }
    compare.finish(100);
  });

  test('mounts PID is /proc/PID/mountinfo', async () => {
    const compare = new Comparison();
    for (const { pid, kernelThread } of processes()) {
      const theirs = kernelThread ? undefined : proc(pid, 'mountinfo');
      if (theirs === undefined || theirs === '') continue;
      compare.same(`${pid}`, (await ow('mounts', String(pid))).stdout, theirs);
    }
    compare.finish(20);
  });

  test('modules is /proc/modules', async () => {
    const theirs = bytesOf(fixture.truth.system['/proc/modules'] ?? '').toString();
    expect(theirs.length).toBeGreaterThan(100);
    // What is not tainted leaves a space at the end of its line.
    expect((await ow('modules')).stdout).toBe(theirs.replace(/ +$/gm, ''));
  });

  test('files PID has FD -> LINK of ls -l /proc/PID/fd', async () => {
    const compare = new Comparison();
    for (const { pid } of processes()) {
      const lines = (await ow('files', String(pid))).stdout.split('\n');
      for (const [fd, { link }] of Object.entries(fixture.truth.processes[pid]?.fd ?? {})) {
        const start = `${fd.padStart(4)} -> ${link.replaceAll('\n', '\\n')}`;
        compare.same(`${pid} ${start}`, lines.filter((line) => line.startsWith(start)).length >= 1, true);
      }
    }
    compare.finish(300);
  });

  test('dmesg has every record of /dev/kmsg, with its time', async () => {
    const compare = new Comparison();
    const lines = new Set((await ow('dmesg')).stdout.split('\n'));
    for (const { microseconds, text } of fixture.truth.kmsg) {
      if (text.includes('\\x')) continue;
      const seconds = String(Math.floor(microseconds / 1e6)).padStart(5);
      const stamp = `[${seconds}.${String(microseconds % 1e6).padStart(6, '0')}]`;
      compare.same(text, lines.has(text === '' ? '' : `${stamp} ${text}`), true);
    }
    compare.finish(300);
  });

  test('the overview fits a screen, and says what died, why, where and when', async () => {
    const { stdout } = await ow('overview');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(Math.max(...lines.slice(10).map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(stdout).toContain(fixture.truth.machine.kernel);
    expect(stdout).toMatch(/^why .*sysrq triggered crash$/m);
    expect(stdout).toMatch(/^where +CPU \d, record \(\d+\): .*sysrq_handle_crash/m);
    expect(stdout).toMatch(/^died +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, .* after boot$/m);
  });

  test('maps --all --files is maps and files of every process', async () => {
    const { stdout } = await ow('maps', '--all', '--files');
    for (const section of stdout.split('\n\n')) {
      const pid = section.split(' ')[0] as string;
      const theirs = proc(Number(pid), 'maps');
      if (theirs === undefined) continue;
      const files = (await ow('files', pid)).stdout.replace(/^.*\n( +no open files\n)?/, '');
      expect(`${section.trimEnd()}\n`).toBe(`${section.split('\n')[0]}\n${theirs}${files}`);
    }
  });

  test('read, at a symbol and at where translate says it lies, is the banner', async () => {
    const [, phys] = /= physical 0x([0-9a-f]+)$/m.exec((await ow('translate', 'linux_banner')).stdout) ?? [];
    const bytes = async (...argv: string[]) => {
      const { data } = JSON.parse((await ow('read', ...argv, '--json')).stdout);
      return Buffer.from(data.hex, 'hex').toString();
    };
    const banner = await bytes('linux_banner', '14');
    expect(banner).toBe('Linux version ');
    expect(await bytes(phys as string, '0xe', '--phys')).toBe(banner);
    expect(await bytes('linux_banner+6', '8')).toBe('version ');
  });

  test.each(OF_ALL_MEMORY)('%s --json is as its schema says', async (command) => {
    const dump = openDump(fixture.dumpPath, { noCache: true });
    const { code, stdout } = await runCli(dump, [...command.split(' '), '--json']);
    dump.close();
    expect([0, 5]).toContain(code);
    const output = JSON.parse(stdout);
    expect(isOutput(output), `${output.schema}: ${ajv.errorsText(isOutput.errors)}`).toBe(true);
  });

  test.each(COMMANDS)('%s --json is as its schema says, and has no faults', async (command) => {
    const { code, stdout, stderr } = await ow(...command.split(' '), '--json');
    expect([code, stderr]).toEqual([0, '']);
    const output = JSON.parse(stdout);
    expect(isOutput(output), `${output.schema}: ${ajv.errorsText(isOutput.errors)}`).toBe(true);
    expect(output.faults).toBe(0);
  });
});

describe('the schema', () => {
  const output = { schema: 'otherworld/faults/1', data: { count: 0, records: [] }, faults: 0 };

  test('accepts no unknown property, at any depth', () => {
    expect(isOutput(output)).toBe(true);
    expect(isOutput({ ...output, more: 1 })).toBe(false);
    expect(isOutput({ ...output, data: { count: 0, records: [], more: 1 } })).toBe(false);
    expect(isOutput({ ...output, data: { count: 0, records: [{ kind: 'loop', more: 1 }] } })).toBe(false);
  });

  test('accepts no unknown output, and no data of another one', () => {
    expect(isOutput({ ...output, schema: 'otherworld/faults/2' })).toBe(false);
    expect(isOutput({ ...output, schema: 'otherworld/ps/1' })).toBe(false);
  });
});

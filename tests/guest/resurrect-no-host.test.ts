// The whole loop without a host: the crash kernel plans by itself, of /proc/vmcore, with this Node.js on a disk of the guest.
// The oracles are in the guest: a script types on in the editors and compares what they save; somebody logs in at the
// console, and looks who is there.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportRun } from '../../src/cli/commands/lab-run-report.js';
import type { RunReport } from '../../src/cli/records.js';
import { canBuild } from '../../src/lab/build.js';
import type { Exchange } from '../../src/lab/dialog.js';
import { CAPTURE_PROGRAMS, hasProgram } from '../../src/lab/host.js';
import { verdictsOf } from '../../src/lab/known-limits.js';
import { type LoopOptions, runLoop } from '../../src/lab/loop.js';
import type { Run } from '../../src/lab/run.js';
import { parseSuite } from '../../src/lab/suites.js';

const possible = canBuild() && [...CAPTURE_PROGRAMS, 'make', 'qemu-img'].every((name) => hasProgram(name));
const suite = parseSuite(process.env['OW_GUEST_SUITE'] ?? 'bookworm');
const dir = mkdtempSync(join(tmpdir(), 'ow-no-host-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const PROMPT = /root@otherworld:\S*# /;
const LOOK =
  'ps -e -o pid=,comm=; ip -br address show lo; cat /proc/mounts; ls /var/lib/otherworld; echo lo""oked';
/** When the script is done, as reboot -f does: LINUX_REBOOT_CMD_RESTART. */
const REBOOT =
  "while pgrep -f after/editors >/dev/null; do sleep 1; done; sleep 2; perl -e 'syscall 169, 0xfee1dead, 672274793, 0x1234567'";
const DIALOG: readonly Exchange[] = [
  { expect: PROMPT, send: `${LOOK}\n` },
  { expect: /looked/, send: 'exit\n' },
  // Whoever leaves makes room for the next.
  { expect: /logout[\s\S]*root@otherworld:\S*# /, send: 'echo once"" more\n' },
  { expect: /once more/, send: `${REBOOT}\n` },
  { expect: /the world has ended[^\n]*\n/, send: '' },
];

const loop = (name: string, append: string, more: Partial<LoopOptions>) =>
  runLoop({
    ...{ suite, out: join(dir, name), workloads: ['editors'], append },
    ...{ planner: 'guest', noSnapshot: true },
    onProgress: (line) => process.stderr.write(`${line}\n`),
    ...more,
  });

/** What terminals do with the prompt is no text. */
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[?0-9;]*[A-Za-z]|\r`, 'g');
const consoleOf = ({ dir: folder }: Run) =>
  readFileSync(join(folder, 'console.log'), 'latin1').replaceAll(ESCAPES, '');

describe.runIf(possible)(`editors on ${suite}, whose kernel panics without a host`, () => {
  let report: RunReport;
  let resurrection: Run['resurrection'];
  let text: string;
  beforeAll(async () => {
    const append = 'ow.after=/otherworld/after/editors.sh ow.getty=/otherworld/after/getty.sh';
    const found = await loop('planned', append, { dialog: DIALOG });
    resurrection = found.resurrection;
    report = reportRun(found.dir, resurrection, false);
    text = consoleOf(found);
  });

  test('the plan was made in the crash kernel, of its vmcore', () => {
    const names = resurrection.stages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['hello', 'planning', 'planned', 'validated', 'resumed']));
    expect(names).not.toContain('plan sent');
    expect(text).toContain('no plan from a host: no plan came in time');
    expect(text).toMatch(/planner: [\d.]+ s \([\d.]+ s of processor\), \d+ MiB of memory at most/);
  });

  test('all that was to go on does', () => {
    expect(resurrection).toMatchObject({ outcome: 'resurrected', reason: null, unknown: 0 });
    const names = report.processes.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['tmux: server', 'vi', 'joe', 'less', 'sh']));
    expect(report.good).toBe(true);
  });

  test('every character typed before and after is in the files', () => {
    const { passed, failed } = verdictsOf(resurrection.said);
    expect([...failed.values()]).toEqual([]);
    expect(passed).toEqual(expect.arrayContaining(['vi-file', 'joe-file']));
    expect(resurrection.after).toBe(0);
  });

  test('somebody logs in at the console, and finds the resurrected under their PIDs', () => {
    const seen = text.slice(text.lastIndexOf('echo lo""oked'), text.lastIndexOf('\nlooked'));
    for (const { pid, name } of report.processes.filter((each) =>
      ['less', 'tmux: server'].includes(each.name),
    ))
      expect(seen).toMatch(new RegExp(`^ *${pid} ${name}$`, 'm'));
    expect(seen).toMatch(/^ *1 init$/m);
    expect(text).toMatch(/^once more$/m);
  });

  test('whoever logged in restarts the machine', () => {
    // SIGHUP, as reboot(2) has the init of a pid namespace end.
    expect(text).toContain('otherworld: the world has ended (status 0x1)');
  });

  test('the system has what its programs expect, and the records of what came of them', () => {
    expect(text).toMatch(/^lo +\S+ +127\.0\.0\.1\/8/m);
    for (const place of ['/dev/pts', '/dev/shm', '/dev/mqueue', '/dev/hugepages', '/run', '/sys/fs/cgroup'])
      expect(text).toMatch(new RegExp(`^\\S+ ${place} `, 'm'));
    expect(text).toMatch(/^journal +plan\.owplan$/m);
    expect(text).not.toContain('otherworld: note:');
  });
});

describe.runIf(possible)(`a crash kernel on ${suite} whose planner fails`, () => {
  test('finds that nobody listens, and starts the system as after a reboot', async () => {
    const gone = new AbortController();
    const found = await loop('failed', 'ow.planner=/bin/false ow.init=/otherworld/bin/init ow.panic=none', {
      // The port is there, and nobody at its other end.
      onStage: ({ name }) => name === 'panic' && gone.abort('the host is gone'),
      guard: { signal: gone.signal },
      dialog: [{ expect: /ow: guest up/, send: '' }],
    });
    expect(found.resurrection).toMatchObject({ outcome: 'lost', reason: 'the host is gone', plan: null });
    const text = consoleOf(found);
    expect(text).toContain('no plan from a host: no host listens');
    const crash = text.split('nothing is resurrected: ')[1] ?? '';
    expect(crash).toMatch(/^the planner failed \(exit code 1\)/);
    expect(crash).toContain('ow: guest up');
  });
});

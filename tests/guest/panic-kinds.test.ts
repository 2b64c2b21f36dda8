// A guest whose kernel dies in ways of all kinds, while programs compute on each of its CPUs in all registers that there
// are; then the whole loop. The oracles are the kernel's own words, and the programs, each of which compares what it computes
// with what it computed before.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { canBuild } from '../../src/lab/build.js';
import { CAPTURE_PROGRAMS, hasProgram } from '../../src/lab/host.js';
import { verdictsOf } from '../../src/lab/known-limits.js';
import { runLoop } from '../../src/lab/loop.js';
import { parseSuite } from '../../src/lab/suites.js';
import { openDump } from '../../src/parsers/dump.js';
import { logOf } from '../../src/parsers/parts/system.js';
import { dmesgText } from '../../src/parsers/system/dmesg-text.js';

const possible = canBuild() && [...CAPTURE_PROGRAMS, 'make', 'qemu-img'].every((name) => hasProgram(name));
const suite = parseSuite(process.env['OW_GUEST_SUITE'] ?? 'bookworm');
const dir = mkdtempSync(join(tmpdir(), 'ow-kinds-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** With AVX; five-level paging is slow to emulate. */
const CPU = 'max,-la57';

/** All that guest/victims/computing.sh starts: those that sleep, and ten that compute with all registers. */
const VICTIMS = [
  ...['regs-asleep', 'avx-asleep', 'in-read', 'in-handler', 'regs-busy', 'avx-busy', 'floating'],
  ...['mix-nearest', 'mix-down', 'mix-up', 'mix-zero', 'mix-avx', 'mix-avx-up'],
  ...['mix-calls', 'mix-reads', 'mix-handler', 'mix-threads'],
];

const [NULL_POINTER, IN_CALL] = ['BUG: kernel NULL pointer dereference', /Comm: record/];
/** What an interrupt interrupted. */
const VICTIM = /Comm: (mix|regs|avx)-|Comm: floating/;
const BY_IPI = /sysvec_call_function_single/;
/** What crasher.ko saw when it was told to. */
const ANOTHER_RUNS = /crasher: \S+ by record\[\d+\]; CPU \d+ runs (mix|regs|avx|floating)/;

interface Kind {
  readonly kind: string;
  /** The kernel's words for it, and where it happened. */
  readonly says: readonly (string | RegExp)[];
  readonly byCrasher?: boolean;
  /** What is said in an NMI, or a double fault, comes into the log, and to the console when it is over: here never. */
  readonly silent?: boolean;
}

const KINDS: readonly Kind[] = [
  { kind: 'sysrq', says: ['Kernel panic - not syncing: sysrq triggered crash', IN_CALL], byCrasher: false },
  { kind: 'nmi', says: [/Kernel panic - not syncing: NMI/, VICTIM], byCrasher: false, silent: true },
  { kind: 'panic', says: ['Kernel panic - not syncing: crasher was told to', IN_CALL] },
  { kind: 'bug', says: [/kernel BUG at \S*crasher\.c/, IN_CALL] },
  { kind: 'null-process', says: [NULL_POINTER, IN_CALL] },
  { kind: 'null-interrupt', says: [NULL_POINTER, VICTIM, BY_IPI] },
  { kind: 'null-vectors', says: [NULL_POINTER, VICTIM, BY_IPI] },
  {
    kind: 'soft-lockup',
    says: [
      /BUG: soft lockup - CPU#\d+ stuck for \d+s! \[record:\d+\]/,
      /not syncing: softlockup: hung tasks/,
    ],
  },
  {
    kind: 'hung-task',
    says: [
      /INFO: task record:\d+ blocked for more than \d+ seconds/,
      /not syncing: hung_task: blocked tasks/,
    ],
  },
  { kind: 'stack-overflow', says: [/stack guard page was hit/, /recurse\+0x/, IN_CALL], silent: true },
];

/** Of the kernel that died, on its console. */
function lastWords(folder: string): string {
  const text = readFileSync(join(folder, 'console.log'), 'latin1');
  const crash = text.lastIndexOf('Linux version ');
  expect(crash).toBeGreaterThan(text.indexOf('ow: armed'));
  return text.slice(0, crash);
}

/** In its memory. */
function lastLog(folder: string): string {
  const dump = openDump(join(folder, 'dump-before.raw'), { noCache: true });
  try {
    return dmesgText(logOf(dump));
  } finally {
    dump.close();
  }
}

describe.runIf(possible)(`programs that compute on ${suite}, whose kernel dies`, () => {
  // Again where one failed, as elsewhere: the machine is emulated, and not always rightly. What is broken fails twice.
  test.each(KINDS)('of $kind', { retry: 1 }, async ({ kind, says, byCrasher = true, silent = false }) => {
    const { dir: folder, resurrection } = await runLoop({
      ...{ suite, out: join(dir, kind), workloads: ['computing'], cpu: CPU, panic: kind },
      append: 'ow.after=/otherworld/after/victims.sh',
      noSnapshot: true,
      keepDump: silent,
      timeoutSeconds: 300,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
    const words = lastWords(folder) + (silent ? lastLog(folder) : '');
    for (const each of byCrasher ? [...says, ANOTHER_RUNS] : says) expect(words).toMatch(each);
    expect(resurrection).toMatchObject({ outcome: 'resurrected', reason: null, unknown: 0 });
    const { passed, failed } = verdictsOf(resurrection.said);
    expect([...failed.values()]).toEqual([]);
    expect(passed.toSorted()).toEqual(VICTIMS.toSorted());
    expect(resurrection.after).toBe(0);
    rmSync(folder, { recursive: true, force: true });
  });
});

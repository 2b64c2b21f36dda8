// Whole dumps with random pages lost, torn or exchanged: whatever the damage, every section ends, with what could be
// read and typed faults. Seeded: OW_FUZZ_ROUNDS and OW_FUZZ_SEED ask for more, and for other ones.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Phys } from '../../src/base/address.js';
import { InputError } from '../../src/base/error.js';
import { type Dump, inspectMemory } from '../../src/parsers/dump.js';
import type { Image } from '../../src/parsers/image/image.js';
import { openImage } from '../../src/parsers/image/open.js';
import { PhysicalMemory } from '../../src/parsers/image/physical-memory.js';
import { FIXTURES, fixturePath } from '../golden/fixtures.js';
import { OverlayImage } from '../unit/helpers/overlay-image.js';
import { random } from '../unit/helpers/random.js';
import { runCli } from '../unit/helpers/run-cli.js';

const ROUNDS = Number(process.env['OW_FUZZ_ROUNDS'] ?? 1);
const SEED = Number(process.env['OW_FUZZ_SEED'] ?? 1);
const PAGE = 4096;
/** Of the pages that are not the kernel's read-only data. */
const SHARES = [0.001, 0.01, 0.05, 0.2];
const SECTIONS = [
  ...[
    'overview',
    'ps -T',
    'tree',
    'task 1 vi',
    'maps --all --files',
    'pages --all --runs',
    'pages 1 vi',
    'files',
  ],
  ...['dmesg', 'bt', 'bt 1 2 vi', 'modules', 'mounts', 'sym --module vsock', 'sym ffffffffc0000000'],
  ...['struct task_struct --pid 1', 'read linux_banner', 'read 400000 --pid 1', 'translate 400000 --pid 1'],
  ...['translate linux_banner', 'info'],
];

type Random = () => number;
type Tear = (overlay: OverlayImage, page: number, next: Random, other: () => number) => void;

const TEARS: Record<string, Tear> = {
  zeroes: (overlay, page) => overlay.write(page * PAGE, new Uint8Array(PAGE)),
  ones: (overlay, page) => overlay.write(page * PAGE, new Uint8Array(PAGE).fill(0xff)),
  noise: (overlay, page, next) =>
    overlay.write(
      page * PAGE,
      Uint8Array.from({ length: PAGE }, () => next() * 256),
    ),
  'other pages': (overlay, page, _next, other) => {
    const bytes = new Uint8Array(PAGE);
    overlay.read((other() * PAGE) as Phys, bytes);
    overlay.write(page * PAGE, bytes);
  },
  'flipped bits': (overlay, page, next) => {
    const bytes = new Uint8Array(PAGE);
    overlay.read((page * PAGE) as Phys, bytes);
    for (let n = 0; n < 20; n++) {
      const at = Math.floor(next() * PAGE);
      bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(next() * 8));
    }
    overlay.write(page * PAGE, bytes);
  },
};

describe.each(FIXTURES)('%s with', (name) => {
  let image: Image;
  /** Pages but those of the kernel's text and read-only data, where its symbols and types are. */
  let pages: number[];
  beforeAll(() => {
    image = openImage(fixturePath(name));
    const { kernel } = inspectMemory(new PhysicalMemory(image), { noCache: true });
    const [start, end] = ['_text', '__end_rodata'].map((symbol) =>
      kernel.mem.translate(kernel.symbol(symbol)),
    );
    pages = [];
    for (const range of image.ranges) {
      for (let at: number = range.start; at < range.end; at += PAGE) {
        if (at < (start as number) || at >= (end as number)) pages.push(at / PAGE);
      }
    }
  });
  afterAll(() => image.close());

  const rounds = Array.from({ length: ROUNDS }, (_, n) => SEED + n);
  describe.each(Object.keys(TEARS))('%s', (tear) => {
    test.each(rounds)('round %d', async (seed) => {
      const next = random(seed * 7919 + name.length * 31 + tear.length);
      const pick = () => pages[Math.floor(next() * pages.length)] as number;
      const overlay = new OverlayImage(image);
      const share = SHARES[Math.floor(next() * SHARES.length)] as number;
      for (let n = pages.length * share; n > 0; n--) TEARS[tear]?.(overlay, pick(), next, pick);
      await inspectAll(overlay);
    });
  });

  test('a page of symbols or types lost is refused, or does not matter', async () => {
    const { kernel } = inspectMemory(new PhysicalMemory(image), { noCache: true });
    const next = random(SEED);
    const start = kernel.mem.translate(kernel.symbol('__start_rodata'));
    const bytes = kernel.mem.translate(kernel.symbol('__end_rodata')) - start;
    for (let round = 0; round < 4 * ROUNDS; round++) {
      const overlay = new OverlayImage(image);
      overlay.write(start + Math.floor((next() * bytes) / PAGE) * PAGE, new Uint8Array(PAGE));
      await inspectAll(overlay, ['ps']);
    }
  });
});

async function inspectAll(overlay: OverlayImage, sections: readonly string[] = SECTIONS): Promise<void> {
  let dump: Dump;
  try {
    dump = inspectMemory(new PhysicalMemory(overlay), { noCache: true });
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return;
  }
  for (const [n, section] of sections.entries()) {
    const json = n % 2 === 0;
    const { code, stdout, stderr } = await runCli(dump, [...section.split(' '), ...(json ? ['--json'] : [])]);
    // Absent, or too damaged: told on stderr, nothing on stdout.
    expect([0, 1, 3, 5], `${section}: ${stderr}`).toContain(code);
    if (code === 1 || code === 3) expect([stdout, stderr.length > 0]).toEqual(['', true]);
    else if (json) expect(JSON.parse(stdout).faults).toBe(dump.kernel.faults.count);
    if (dump.kernel.faults.count > 0 && code === 0) expect.fail(`${section}: faults, but exit code 0`);
  }
}

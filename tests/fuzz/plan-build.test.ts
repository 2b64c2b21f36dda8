// Plans of damaged dumps: whatever is lost or torn, what comes out is a plan that can be written and read again, or a
// typed error. Seeded: OW_FUZZ_ROUNDS and OW_FUZZ_SEED ask for more, and for other ones.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Phys } from '../../src/base/address.js';
import { AbsentError, InputError } from '../../src/base/error.js';
import { lazySnapshot } from '../../src/parsers/build-snapshot.js';
import { inspectMemory } from '../../src/parsers/dump.js';
import type { Image } from '../../src/parsers/image/image.js';
import { openImage } from '../../src/parsers/image/open.js';
import { PhysicalMemory } from '../../src/parsers/image/physical-memory.js';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { buildPlan } from '../../src/resurrect/plan/build-plan.js';
import { FIXTURES, fixturePath } from '../golden/fixtures.js';
import { OverlayImage } from '../unit/helpers/overlay-image.js';
import { random } from '../unit/helpers/random.js';

const ROUNDS = Number(process.env['OW_FUZZ_ROUNDS'] ?? 1);
const SEED = Number(process.env['OW_FUZZ_SEED'] ?? 1);
const PAGE = 4096;
const USER_HALF = 2048;
/** Of a page-table entry, the physical address. */
const FRAME = 0xf_ffff_ffff_f000n;
/** Of the pages that are not the kernel's read-only data. */
const SHARES = [0.002, 0.01, 0.05];
const TEARS: readonly ((next: () => number) => Uint8Array)[] = [
  () => new Uint8Array(PAGE),
  () => new Uint8Array(PAGE).fill(0xff),
  (next) => Uint8Array.from({ length: PAGE }, () => next() * 256),
];

describe.each(FIXTURES)('%s', (name) => {
  let image: Image;
  let pages: number[];
  beforeAll(() => {
    image = openImage(fixturePath(name));
    const { kernel } = inspectMemory(new PhysicalMemory(image), { noCache: true });
    const place = (symbol: string) => kernel.mem.translate(kernel.symbol(symbol));
    const [start, end] = [place('_text'), place('__end_rodata')];
    pages = [];
    for (const range of image.ranges) {
      for (let at: number = range.start; at < range.end; at += PAGE) {
        if (at < start || at >= end) pages.push(at);
      }
    }
  });
  afterAll(() => image.close());

  test.each(Array.from({ length: ROUNDS }, (_, n) => SEED + n))('round %d', (seed) => {
    const next = random(seed * 6271 + name.length * 17);
    const choose = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
    const overlay = new OverlayImage(image);
    const [tear, share] = [choose(TEARS), choose(SHARES)];
    for (let n = pages.length * share; n > 0; n--) overlay.write(choose(pages), tear(next));
    planned(overlay, name);
  });

  // Entries of the upper tables stand for up to 512 GiB each.
  test.each([4, 3])(
    'with noise in the page tables of ten processes, of level %i',
    (level) => {
      const next = random(level * 7907 + name.length);
      const overlay = new OverlayImage(image);
      const dump = inspectMemory(new PhysicalMemory(image), { noCache: true });
      const { physical } = dump.kernel.mem;
      const tops = [...new Set(dump.tasks.flatMap((task) => dump.mm(task)?.pgd ?? []))].slice(0, 10);
      for (const top of tops) {
        for (let at: number = top; at < top + USER_HALF; at += 8) {
          const entry = physical.u64(at as Phys);
          const lower = Number(entry & FRAME);
          const isTable = (entry & 1n) === 1n && physical.has(lower as Phys);
          const noise = Uint8Array.from({ length: level === 4 ? 8 : PAGE }, () => next() * 256);
          if (level === 4) overlay.write(at, noise);
          else if (isTable) overlay.write(lower, noise);
        }
      }
      planned(overlay, name);
    },
    300_000,
  );
});

/** A plan that can be written and read again, or a typed error. */
function planned(overlay: OverlayImage, name: string): void {
  try {
    const dump = inspectMemory(new PhysicalMemory(overlay), { noCache: true });
    const bytes = encodePlan(buildPlan(lazySnapshot(dump, { of: 'plan' })).plan);
    expect(encodePlan(decodePlan(bytes, name))).toEqual(bytes);
  } catch (error) {
    const typed = error instanceof InputError || error instanceof AbsentError;
    if (!typed || String(error).includes('cannot encode')) throw error;
  }
}

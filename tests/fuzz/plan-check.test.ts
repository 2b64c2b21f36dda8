// Plans that were tampered with and sealed again: whatever the decoder takes, checker, simulation and comparison bring to
// an end without a crash; and what the checker finds no error in, the model of the kernel carries out.
import { afterEach, expect, test } from 'vitest';
import { readContainer } from '../../src/resurrect/abi/container.js';
import { decodePlan, decodeRecords } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { PlanFormatError } from '../../src/resurrect/abi/error.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { OUTCOME } from '../../src/resurrect/abi/records/steps.js';
import type { SectionSpan } from '../../src/resurrect/abi/source.js';
import { checkPlan } from '../../src/resurrect/check/check-plan.js';
import { diffPlans } from '../../src/resurrect/diff/diff-plans.js';
import type { Entry } from '../../src/resurrect/journal/journal-file.js';
import type { MemorySource } from '../../src/resurrect/simulate/memory-source.js';
import { simulate } from '../../src/resurrect/simulate/simulate.js';
import { Random } from '../abi/random.js';
import { seal } from '../abi/seal.js';
import { samplePlan } from '../unit/helpers/sample-plan/plan.js';

const { stackTraceLimit } = Error;
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

const ROUNDS = 100_000;
/** Of the plans that the decoder takes, besides those that the checker finds clean: one in so many. */
const SIMULATED = 8;
const COMPARED = 64;
const MEMORY: MemorySource = { frames: () => true, swapped: () => true, cached: () => false };
/** What a tampered field may be: edges of its type, and small numbers that could mean something. */
const VALUES = [0, 1, 2, 3, 7, 0x10, 0x7f, 0x80, 0xff, 0xfff, 0x1000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

const sample = encodePlan(samplePlan());
const container = readContainer(sample, 'sample');
/** Where the first section begins, behind header and table: what is changed from there on leaves the container as it is. */
const RECORDS_AT = Math.min(...[...container.spans.records.values()].map(({ offset }) => offset));
/** stored_page: contents mean nothing, and nothing comes of changing them. */
const STORED = container.spans.records.get(51) as SectionSpan;
const STORED_BYTES = STORED.count * STORED.recordBytes;

/** Offset of a word, but of stored pages. */
function anywhere(random: Random): number {
  const at = random.below((sample.length - STORED_BYTES) / 4) * 4;
  return at < STORED.offset ? at : at + STORED_BYTES;
}

function tampered(random: Random): Plan | null {
  const bytes = Uint8Array.from(sample);
  const view = new DataView(bytes.buffer);
  const changed: number[] = [];
  for (let count = random.below(3) + 1; count > 0; count--) {
    const at = anywhere(random);
    changed.push(at);
    const value =
      random.below(2) === 0
        ? (VALUES[random.below(VALUES.length)] as number)
        : view.getUint32(at, true) ^ (1 << random.below(32));
    view.setUint32(at, value >>> 0, true);
  }
  try {
    // Checksums have a fuzz of their own (plan.test.ts); here they cost more than the rest.
    return changed.every((at) => at >= RECORDS_AT)
      ? decodeRecords(bytes, 'tampered', container).plan
      : decodePlan(seal(bytes), 'tampered');
  } catch (error) {
    if (error instanceof PlanFormatError) return null;
    throw error;
  }
}

test(`${ROUNDS} tampered plans`, { timeout: 600_000 }, () => {
  // Errors without a stack are made ten times as fast.
  Error.stackTraceLimit = 0;
  const random = new Random(20_26);
  const original = samplePlan();
  let accepted = 0;
  let clean = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const plan = tampered(random);
    if (plan === null) continue;
    accepted++;
    const sound = checkPlan(plan).every(({ severity }) => severity !== 'error');
    if (accepted % COMPARED === 0) diffPlans(original, plan);
    if (!sound && accepted % SIMULATED !== 0) continue;
    const { journal } = simulate(plan, sample, MEMORY);
    if (!sound) continue;
    clean++;
    const failed = journal.entries.filter(({ outcome }) => outcome === OUTCOME.failed);
    if (failed.length > 0) expect.fail(`round ${round}: ${JSON.stringify(failed.map(told))}`);
  }
  expect(accepted).toBeGreaterThan(ROUNDS / 20);
  expect(clean).toBeGreaterThan(accepted / 20);
  expect(clean).toBeLessThan(accepted);
});

function told({ step, error, child, detail }: Entry): object {
  return { step, error, child, detail: String(detail) };
}

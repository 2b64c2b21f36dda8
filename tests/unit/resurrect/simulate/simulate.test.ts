// The sample plan carried out in the model: as it is, and where the kernel would refuse.
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encodePlan } from '../../../../src/resurrect/abi/encode.js';
import type { Plan } from '../../../../src/resurrect/abi/plan.js';
import { OP_NAME, OUTCOME } from '../../../../src/resurrect/abi/records/steps.js';
import { decodeJournal, encodeJournal } from '../../../../src/resurrect/journal/journal-file.js';
import type { MemorySource } from '../../../../src/resurrect/simulate/memory-source.js';
import { simulate } from '../../../../src/resurrect/simulate/simulate.js';
import { samplePlan } from '../../helpers/sample-plan/plan.js';
import { at, type Draft } from '../check/mutations.js';

const PAGE = 4096;

/** Each page is full of the low byte of its frame. */
const MEMORY: MemorySource = {
  frames: (pfn, into) => {
    for (let page = 0; page * PAGE < into.length; page++)
      into.fill((pfn + page) & 0xff, page * PAGE, (page + 1) * PAGE);
    return true;
  },
  swapped: (_, slot, into) => {
    into.fill(slot & 0xff);
    return true;
  },
  cached: () => false,
};

function run(mutate: (plan: Draft<Plan>) => void, memory = MEMORY) {
  const plan = samplePlan() as Draft<Plan>;
  mutate(plan);
  const bytes = encodePlan(plan as Plan);
  const { journal, running } = simulate(plan as Plan, bytes, memory);
  const failed = journal.entries
    .filter(({ outcome }) => outcome === OUTCOME.failed)
    .map(({ step, error, child }) => [OP_NAME[at(plan.step, step).op], error, child]);
  return { failed, running: [...running].sort(), journal, bytes };
}

const process = (plan: Draft<Plan>, index: number) => at(plan.process, index);
const vmas = (plan: Draft<Plan>, mm: number) => at(plan.mm, mm).vmas;

test('the sample plan is carried out whole, and its journal can be written', () => {
  const { failed, running, journal, bytes } = run(() => {});
  expect([failed, running]).toEqual([[], [0, 1, 2]]);
  expect(journal.planChecksum).toBe(crc32(bytes));
  expect(decodeJournal(encodeJournal(journal), 'j')).toEqual(journal);
});

describe('where the kernel would refuse', () => {
  test.each<[string, (plan: Draft<Plan>) => void, [string, number, number], number[]]>([
    ['a tid is taken', (p) => void (at(process(p, 2).threads, 0).tid = 100), ['make_process', 17, 0], [0, 1]],
    [
      'a VMA lies over another',
      (p) => void (at(vmas(p, 1), 1).start = 0x40_1000),
      ['make_mm', 17, 1],
      [0, 2],
    ],
    ['a VMA is not aligned', (p) => void (at(vmas(p, 1), 0).end -= 1), ['make_mm', 22, 0], [0, 2]],
    [
      'a VMA lies too high',
      (p) => void (at(vmas(p, 1), 5).end = 0x8000_0000_0000),
      ['make_mm', 12, 5],
      [0, 2],
    ],
    ['a VMA lies too low', (p) => void (at(vmas(p, 1), 0).start = 0x1000), ['make_mm', 1, 0], [0, 2]],
    [
      'a page lies outside its VMA',
      (p) => void (at(at(vmas(p, 1), 1).pages, 2).address += 0x1000),
      ['fill_mm', 14, 1],
      [0, 2],
    ],
    ['brk is before its start', (p) => void (at(p.mm, 1).brk = 0x50_0000), ['make_mm', 22, -1], [0, 2]],
    [
      'two descriptors have a number',
      (p) => void (at(at(p.fileTable, 1).descriptors, 1).fd = 0),
      ['install_files', 17, 1],
      [0, 2],
    ],
    [
      'a semaphore is too large',
      (p) => void (at(at(p.semaphoreSet, 0).semaphores, 1).value = 40_000),
      ['make_semaphores', 34, 1],
      [0, 1, 2],
    ],
    [
      "a code selector is the kernel's",
      (p) => void (at(at(process(p, 0).threads, 0).registers, 0).cs = 0x10),
      ['set_threads', 22, 0],
      [1, 2],
    ],
    [
      'ip is in data',
      (p) => void (at(at(process(p, 0).threads, 0).registers, 0).ip = 0x60_0000n),
      ['set_threads', 14, 0],
      [1, 2],
    ],
    [
      'SIGKILL has a handler',
      (p) => void (at(at(p.sighand, 0).actions, 0).signal = 9),
      ['set_handlers', 22, 0],
      [1, 2],
    ],
    ['a soft limit is above the hard one', (p) => limits(p), ['set_attributes', 22, 0], [1, 2]],
  ])('%s', (_, mutate, failure, running) => {
    const found = run(mutate);
    expect([found.failed, found.running]).toEqual([[failure], running]);
  });

  function limits(plan: Draft<Plan>): void {
    at(process(plan, 0).limits, 0).soft = 5000n;
    const resume = plan.step.findIndex(({ stage }) => stage === 9);
    plan.step.splice(resume, 0, { stage: 8, op: 80, object: 0, process: 0 });
  }
});

describe('memory', () => {
  test('that the dump lacks costs those who have it', () => {
    const memory = {
      ...MEMORY,
      frames: (pfn: number, into: Uint8Array) => pfn !== 0x2000 && MEMORY.frames(pfn, into),
    };
    const { failed, running } = run(() => {}, memory);
    expect([failed, running]).toEqual([[['fill_mm', 5, 0]], [0, 2]]);
  });

  test('of a swap area that cannot be read, shared by both', () => {
    const { failed } = run(() => {}, { ...MEMORY, swapped: (_, slot) => slot !== 9 });
    expect(failed).toEqual([['make_shared_memory', 5, 1]]);
  });

  test('is held to its digest', () => {
    const page = new Uint8Array(2 * PAGE);
    MEMORY.frames(0x1000, page);
    const digest = (value: number) => (plan: Draft<Plan>) => {
      const run = at(at(vmas(plan, 0), 1).pages, 0);
      Object.assign(run, { flags: run.flags | 256, digest: value });
    };
    expect(run(digest(crc32(page))).failed).toEqual([]);
    expect(run(digest(crc32(page) ^ 1)).failed).toEqual([['fill_mm', 84, 0]]);
  });
});

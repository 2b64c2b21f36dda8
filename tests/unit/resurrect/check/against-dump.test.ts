// The sample plan against a made-up dump: as it was, and changed so that each invariant alone finds it.
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Plan } from '../../../../src/resurrect/abi/plan.js';
import {
  checkAgainstDump,
  DUMP_INVARIANTS,
  type DumpFacts,
} from '../../../../src/resurrect/check/against-dump.js';
import { checkPlan } from '../../../../src/resurrect/check/check-plan.js';
import { samplePlan } from '../../helpers/sample-plan/plan.js';
import { at, type Draft } from './mutations.js';

/** Frames of the sample's address spaces; others are of objects. */
const isPrivate = (pfn: number) => pfn < 0x3000;

const DUMP: DumpFacts = {
  identity: Buffer.from(samplePlan().header.identity).toString('hex'),
  frames: (pfn, into) => {
    into.fill(pfn & 0xff);
    return true;
  },
  frame: (pfn) => ({ anonymous: isPrivate(pfn), mappings: 1 }),
};

function digested(value: number): Plan {
  const plan = samplePlan() as Draft<Plan>;
  const run = at(at(at(plan.mm, 0).vmas, 1).pages, 0);
  Object.assign(run, { flags: run.flags | 256, digest: value });
  return plan as Plan;
}

const RIGHT = crc32(new Uint8Array(2 * 4096));

test('the sample plan holds against its dump, digests too', () => {
  expect(checkAgainstDump(samplePlan(), DUMP)).toEqual([]);
  expect(checkAgainstDump(digested(RIGHT), DUMP)).toEqual([]);
});

const CASES: Readonly<Record<string, [Plan, Partial<DumpFacts>]>> = {
  'same-death': [samplePlan(), { identity: '00' }],
  'pages-in-dump': [samplePlan(), { frames: (pfn) => pfn !== 0x1000 }],
  'digests-match': [digested(RIGHT ^ 1), {}],
  'private-frames-anonymous': [
    samplePlan(),
    { frame: (pfn) => ({ anonymous: pfn === 0x3000 || isPrivate(pfn), mappings: 1 }) },
  ],
  'mappings-counted': [
    samplePlan(),
    { frame: (pfn) => ({ anonymous: isPrivate(pfn), mappings: pfn === 0x1001 ? 0 : 1 }) },
  ],
};

test('each invariant has a case of its own', () => {
  expect(Object.keys(CASES)).toEqual(DUMP_INVARIANTS.map(({ name }) => name));
});

test.each(Object.entries(CASES))('%s is found by that invariant alone', (name, [plan, dump]) => {
  const findings = checkAgainstDump(plan, { ...DUMP, ...dump });
  expect([...new Set(findings.map(({ invariant }) => invariant))]).toEqual([name]);
});

test('what cannot be read of struct pages is no finding', () => {
  expect(checkAgainstDump(samplePlan(), { ...DUMP, frame: () => null })).toEqual([]);
  expect(checkPlan(samplePlan())).toEqual([]);
});

// Journals: to a file and back, torn and damaged ones, and what they say of the sample plan.
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encodePlan } from '../../../../src/resurrect/abi/encode.js';
import { OP, OUTCOME } from '../../../../src/resurrect/abi/records/steps.js';
import { explainJournal } from '../../../../src/resurrect/journal/explain.js';
import {
  decodeJournal,
  type Entry,
  encodeJournal,
  type Journal,
} from '../../../../src/resurrect/journal/journal-file.js';
import { samplePlan } from '../../helpers/sample-plan/plan.js';

const ENOMEM = 12;
const plan = samplePlan();
const bytes = encodePlan(plan);

const entry = (step: number, more: Partial<Entry> = {}): Entry => ({
  step,
  outcome: OUTCOME.done,
  error: 0,
  child: -1,
  time: BigInt(step) * 1000n,
  detail: 0n,
  ...more,
});

function journal(entries: readonly Entry[], more: Partial<Journal> = {}): Journal {
  return { planChecksum: crc32(bytes), started: 7n, executor: 'otherworld 6.1.0', entries, torn: 0, ...more };
}

const all = plan.step.map((_, index) => entry(index));
const stepOf = (op: number, object: number) =>
  plan.step.findIndex((step) => step.op === op && step.object === object);

describe('the file', () => {
  test('comes back as it was', () => {
    const made = journal([
      entry(0),
      entry(3, { outcome: OUTCOME.failed, error: ENOMEM, child: 2, detail: 0x1000n }),
    ]);
    expect(decodeJournal(encodeJournal(made), 'j')).toEqual(made);
  });

  test('torn in its last entry: what is whole is read', () => {
    const made = encodeJournal(journal([entry(0), entry(1)]));
    const read = decodeJournal(made.subarray(0, made.length - 7), 'j');
    expect([read.entries.length, read.torn]).toEqual([1, 33]);
  });

  test.each([
    ['empty', () => new Uint8Array(0), 'is no journal'],
    ['text', () => Buffer.from('a text that is long enough to be anything'), 'is no journal'],
    ['cut in the header', () => encodeJournal(journal([])).subarray(0, 50), 'ends within its header'],
    ['of a later version', () => changed(8, 2), 'version 2'],
    ['with a flipped bit', () => changed(100, 1), 'checksum'],
    ['with an unknown outcome', () => changed(100, 9), 'outcome'],
  ])('%s: refused', (_, make, message) => {
    expect(() => decodeJournal(make(), 'j')).toThrow(message);
  });

  function changed(at: number, value: number): Uint8Array {
    const made = Uint8Array.from(encodeJournal(journal([entry(0, { outcome: OUTCOME.skipped })])));
    made[at] = value;
    return made;
  }
});

describe('what it says', () => {
  test('all done: every process runs', () => {
    const { steps, processes } = explainJournal(plan, bytes, journal(all));
    expect(new Set(steps.map(({ outcome }) => outcome))).toEqual(new Set(['done']));
    expect(processes).toEqual(
      [100, 101, 103].map((pid, at) => ({
        pid,
        name: ['shell', 'job', 'gone'][at],
        outcome: 'runs',
        step: null,
      })),
    );
  });

  test('memory that could not be filled costs its process, and no other', () => {
    const failed = stepOf(OP.fill_mm, 1);
    const resumed = stepOf(OP.resume, 1);
    const entries = all.map((each, step) => {
      if (step === failed)
        return entry(step, { outcome: OUTCOME.failed, error: ENOMEM, child: 1, detail: 0x60_0000n });
      return step === resumed ? entry(step, { outcome: OUTCOME.skipped }) : each;
    });
    const { steps, processes } = explainJournal(plan, bytes, journal(entries));
    expect(steps[failed]).toMatchObject({
      ...{ stage: 'memory', operation: 'fill_mm', object: 'mm[1]', outcome: 'failed', error: 'ENOMEM' },
      ...{ child: 1, detail: '0x600000', advice: expect.stringContaining('crashkernel=') },
    });
    expect(processes.map(({ outcome, step }) => [outcome, step])).toEqual([
      ['runs', null],
      ['lost', failed],
      ['runs', null],
    ]);
  });

  test('a pipe that could not be made costs those who have it', () => {
    const failed = stepOf(OP.make_pipe, 0);
    const entries = all.map((each, step) =>
      step === failed ? entry(step, { outcome: OUTCOME.failed, error: 24 }) : each,
    );
    const { processes } = explainJournal(plan, bytes, journal(entries));
    expect(processes.map(({ step }) => step)).toEqual([failed, failed, null]);
  });

  test('a failure of one child is not undone by the end of the step', () => {
    const step = stepOf(OP.install_files, 0);
    const failed = entry(step, { outcome: OUTCOME.failed, error: 9, child: 4 });
    const { steps } = explainJournal(
      plan,
      bytes,
      journal([entry(step, { outcome: OUTCOME.started }), failed, entry(step)]),
    );
    expect(steps[step]).toMatchObject({ outcome: 'failed', error: 'EBADF', child: 4 });
    expect(steps[step + 1]).toMatchObject({ outcome: 'not reached', error: null, time: null });
  });

  test('it ends in the middle: processes are unfinished', () => {
    const { processes } = explainJournal(plan, bytes, journal(all.slice(0, 10)));
    expect(new Set(processes.map(({ outcome }) => outcome))).toEqual(new Set(['unfinished']));
  });

  test('of another plan, or of a step that is none: refused', () => {
    expect(() => explainJournal(plan, bytes, journal([], { planChecksum: 1 }))).toThrow('another plan');
    expect(() => explainJournal(plan, bytes, journal([entry(5000)]))).toThrow('step 5000');
  });
});

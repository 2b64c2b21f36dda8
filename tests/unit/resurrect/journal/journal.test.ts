// Journals: to a file and back, torn and damaged ones, and what they say of the sample plan.
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encodePlan } from '../../../../src/resurrect/abi/encode.js';
import { OP, type OpName, OUTCOME } from '../../../../src/resurrect/abi/records/steps.js';
import { adviceFor } from '../../../../src/resurrect/journal/advice.js';
import { errnoOf } from '../../../../src/resurrect/journal/errno.js';
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

  const failing = (op: number, object: number, error: number, more: Partial<Entry> = {}) => {
    const step = stepOf(op, object);
    const made = journal([entry(step, { outcome: OUTCOME.failed, error, ...more })]);
    return explainJournal(plan, bytes, made).steps[step];
  };

  test.each<[string, number, number, Partial<Entry>, string]>([
    ['the VMA of an address', OP.make_mm, 0, { child: 1, detail: 0x60_0000n }, '0x600000-0x604000 [heap]'],
    [
      'a page in it',
      OP.fill_mm,
      0,
      { child: 0, detail: 0x60_1000n },
      'page 0x601000 of 0x600000-0x604000 [heap]',
    ],
    ['a VMA without an address', OP.make_mm, 0, { child: 5 }, '0x7ffd10000000-0x7ffd10001000 [vdso]'],
    [
      'a descriptor',
      OP.install_files,
      0,
      { child: 0, detail: 0n },
      `fd 0, ${plan.file[plan.fileTable[0]?.descriptors[0]?.file ?? 0]?.path}`,
    ],
    [
      'a thread',
      OP.set_threads,
      0,
      { child: 0 },
      `thread ${plan.process[0]?.threads[0]?.tid} ${plan.process[0]?.threads[0]?.comm}`,
    ],
    ['a PID that is taken', OP.make_process, 1, { detail: 101n }, 'PID or thread 101'],
    [
      'another inode',
      OP.open_inode,
      0,
      { detail: 77n },
      `inode 77 is there, ${plan.inode[0]?.inode} was planned`,
    ],
    ['a signal', OP.set_handlers, 0, { child: 0, detail: 15n }, 'signal 15'],
  ])('child and detail: %s', (_, op, object, more, about) => {
    expect(failing(op, object, 22, more)?.about).toBe(about);
  });

  test('child and detail that lead nowhere in the plan are told as they are', () => {
    expect(failing(OP.make_mm, 0, 22, { child: 999 })).toMatchObject({ about: null, child: 999 });
    expect(failing(OP.make_mm, 0, 22, { detail: 0x99n })).toMatchObject({ about: null, detail: '0x99' });
    expect(failing(OP.make_mm, 0, 22)?.about).toBeNull();
    expect(failing(OP.make_pipe, 0, 22, { child: 1, detail: 5n })).toMatchObject({
      about: null,
      child: 1,
      detail: '0x5',
    });
  });

  test.each<[OpName, number, string, RegExp]>([
    ['make_process', 17, 'EEXIST', /under that PID already/],
    ['make_process', 22, 'EINVAL', /pid_max/],
    ['open_inode', 2, 'ENOENT', /file system mounted/],
    ['open_inode', 116, 'ESTALE', /Another file stands at that path/],
    ['fill_mm', 5, 'EIO', /attach the swap device/],
    ['fill_mm', 74, 'EBADMSG', /Memory changed after the plan/],
    ['fill_mm', 1, 'EPERM', /crash kernel’s own/],
    ['fill_mm', 12, 'ENOMEM', /crashkernel=/],
    ['make_pipe', 12, 'ENOMEM', /crashkernel=/],
    ['make_socket', 93, 'EPROTONOSUPPORT', /TCP connection does not survive/],
    ['make_socket', 98, 'EADDRINUSE', /taken the port/],
    ['install_files', 9, 'EBADF', /further up/],
    ['set_groups', 25, 'ENOTTY', /further up/],
    ['make_inotify', 34, 'ERANGE', /only go up/],
    ['set_attributes', 1, 'EPERM', /lacks a right/],
    ['make_eventfd', 38, 'ENOSYS', /same configuration/],
    ['make_pipe', 22, 'EINVAL', /ow plan show PLAN --kind/],
  ])('%s with errno %i: %s, and what to try', (op, error, name, advice) => {
    expect(errnoOf(error).name).toBe(name);
    expect(adviceFor(OP[op], error)).toMatch(advice);
  });

  test('every errno that the executor and the module end a step with has a meaning', () => {
    const numbers: Readonly<Record<string, number>> = constants.errno;
    const folder = fileURLToPath(new URL('../../../../kernel', import.meta.url));
    const sources = ['resurrect', 'module'].flatMap((room) =>
      readdirSync(join(folder, room))
        .filter((name) => name.endsWith('.c'))
        .map((name) => join(folder, room, name)),
    );
    const names = new Set(
      sources.flatMap((path) => readFileSync(path, 'utf8').match(/(?<=[\s(]-)E[A-Z0-9]{3,}\b/g) ?? []),
    );
    const known = [...names].filter((name) => numbers[name] !== undefined);
    expect(known.length).toBeGreaterThan(15);
    expect(known.filter((name) => errnoOf(numbers[name] as number).name !== name)).toEqual([]);
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

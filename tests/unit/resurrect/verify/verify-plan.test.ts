// A plan against what came after: itself, what moved on, and what went wrong.
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../../../src/resurrect/abi/plan.js';
import { PAGE_SOURCE } from '../../../../src/resurrect/abi/records/memory.js';
import { PROCESS_STATE } from '../../../../src/resurrect/abi/records/processes.js';
import { type VerifyOptions, verifyPlan } from '../../../../src/resurrect/verify/verify-plan.js';
import { samplePlan } from '../../helpers/sample-plan/plan.js';
import { at, type Draft } from '../check/mutations.js';

function outcome(mutate: (after: Draft<Plan>) => void, options: VerifyOptions = {}) {
  const after = samplePlan() as Draft<Plan>;
  mutate(after);
  const verified = verifyPlan(samplePlan(), after as Plan, options);
  const { processes, holds } = verified;
  return { outcomes: processes.map((each) => each.outcome), holds, verified };
}

test('against itself: all as planned', () => {
  expect(outcome(() => {})).toMatchObject({
    outcomes: ['as planned', 'as planned', 'as planned'],
    holds: true,
  });
});

test('registers, offsets and new inode numbers move on', () => {
  const moved = outcome((after) => {
    const thread = at(at(after.process, 0).threads, 0);
    at(thread.registers, 0).ip += 4n;
    at(after.file, 0).position = 10n;
    at(after.pipe, 0).inode = 999n;
    for (const file of after.file) file.path = file.path.replace('pipe:[50]', 'pipe:[999]');
    after.header.kaslrOffset = 0;
  });
  expect(moved).toMatchObject({ outcomes: ['moved on', 'moved on', 'as planned'], holds: true });
});

test.each<[string, (after: Draft<Plan>) => void, string[], RegExp]>([
  [
    'another user',
    (after) => void (at(after.credentials, 0).euid = 1),
    // The third is a zombie, which is nobody's any more.
    ['differs', 'differs', 'as planned'],
    /euid/,
  ],
  [
    'a descriptor lost',
    (after) => void at(after.fileTable, 0).descriptors.splice(9, 1),
    ['differs', 'as planned', 'as planned'],
    /descriptors/,
  ],
  [
    'a VMA with other rights',
    (after) => void (at(at(after.mm, 1).vmas, 1).vmFlags = 7n),
    ['as planned', 'differs', 'as planned'],
    /vmFlags/,
  ],
  [
    'another group',
    (after) => void (at(after.process, 1).pgid = 100),
    ['as planned', 'differs', 'as planned'],
    /pgid/,
  ],
  [
    'a handler lost',
    (after) => void (at(after.sighand, 0).actions = []),
    ['differs', 'as planned', 'as planned'],
    /actions/,
  ],
])('%s differs', (_, mutate, outcomes, what) => {
  const found = outcome(mutate);
  expect(found.outcomes).toEqual(outcomes);
  expect(found.holds).toBe(false);
  expect(JSON.stringify(found.verified)).toMatch(what);
});

test('a process that is gone breaks the plan; one that was to ask its crash procedure, or a zombie, may be', () => {
  const drop = (pid: number) => (after: Draft<Plan>) => {
    after.process = after.process.filter((process) => process.pid !== pid);
  };
  expect(outcome(drop(100))).toMatchObject({
    outcomes: ['gone', expect.anything(), expect.anything()],
    holds: false,
  });
  expect(outcome(drop(103))).toMatchObject({ outcomes: ['as planned', 'as planned', 'gone'], holds: true });
});

/** It went on: its first thread is somewhere else now. */
const ran = (after: Draft<Plan>) => void (at(at(at(after.process, 0).threads, 0).registers, 0).ip += 4n);

describe('what only a process that ran can have done', () => {
  const cases: [string, (after: Draft<Plan>) => void][] = [
    ['a heap that grew', (after) => void (at(at(after.mm, 0).vmas, 1).end += 0x1000)],
    ['a mapping of its own that it gave back', (after) => void at(after.mm, 0).vmas.splice(3, 1)],
    ['a break that it moved', (after) => void (at(after.mm, 0).brk += 0x1000)],
    [
      'a descriptor that it opened',
      (after) => {
        const { descriptors } = at(after.fileTable, 0);
        descriptors.push({ ...at(descriptors, 0), fd: 99 });
      },
    ],
  ];

  test.each(cases)('%s: moved on if it ran, wrong if it slept', (_, mutate) => {
    const both = (after: Draft<Plan>) => {
      mutate(after);
      ran(after);
    };
    expect(outcome(mutate)).toMatchObject({
      outcomes: ['differs', expect.anything(), expect.anything()],
      holds: false,
    });
    expect(outcome(both)).toMatchObject({
      outcomes: ['moved on', expect.anything(), expect.anything()],
      holds: true,
    });
  });

  test('but not the loss of a descriptor, or of a mapping of a file', () => {
    for (const lose of [
      (after: Draft<Plan>) => void at(after.fileTable, 0).descriptors.splice(9, 1),
      (after: Draft<Plan>) => void at(after.mm, 0).vmas.splice(0, 1),
    ]) {
      const found = outcome((after) => {
        lose(after);
        ran(after);
      });
      expect(found).toMatchObject({ outcomes: ['differs', 'as planned', 'as planned'], holds: false });
    }
  });
});

describe('a sleep', () => {
  const SLEEP = { number: 230, clock: 1, expires: 0n, arg0: 0n, arg1: 0n, arg2: 0n, arg3: 0n };
  const S = 1_000_000_000n;
  /** The outcome where it was to end so long after the death, and now, two seconds later, will end at another time. */
  const slept = (planned: bigint, now: bigint, rest: { number?: number; moves?: boolean } = {}) => {
    const plan = (expires: bigint) => {
      const made = samplePlan() as Draft<Plan>;
      const end = made.header.panicMonotonic + expires;
      const [, job] = made.process;
      at(
        at(
          [job].flatMap((each) => each ?? []),
          0,
        ).threads,
        0,
      ).restart = [{ ...SLEEP, number: rest.number ?? 230, expires: end }];
      return made;
    };
    const after = plan(now);
    after.header.panicMonotonic += 2n * S;
    if (rest.moves) at(at(at(after.process, 1).threads, 0).registers, 0).ip += 4n;
    return verifyPlan(plan(planned) as Plan, after as Plan).processes[1]?.outcome;
  };

  test('ends when it was to end', () => {
    expect(slept(60n * S, 60n * S)).toBe('as planned');
    expect(slept(60n * S, 60n * S + 1000n)).toBe('moved on');
  });

  test('that was begun once more, or cut short, differs', () => {
    expect(slept(60n * S, 66n * S)).toBe('differs');
    expect(slept(60n * S, 50n * S)).toBe('differs');
  });

  test('may be another one where its end has passed, or where the thread has run, or something else could end it', () => {
    expect(slept(1n * S, 61n * S)).toBe('moved on');
    expect(slept(60n * S, 66n * S, { moves: true })).toBe('moved on');
    expect(slept(60n * S, 66n * S, { number: 7 })).toBe('moved on');
  });
});

describe('what another kernel gives anew', () => {
  test.each<[string, (after: Draft<Plan>) => void]>([
    ['numbers of devices', (after) => after.inode.forEach((inode) => void (inode.device += 7))],
    [
      'credentials that are shared no more',
      (after) => {
        const thread = at(at(after.process, 1).threads, 0);
        thread.credentials =
          after.credentials.push(structuredClone(at(after.credentials, thread.credentials ?? 0))) - 1;
      },
    ],
    [
      'what was left of a zombie',
      (after) => Object.assign(at(after.process, 2), { threads: [], limits: [] }),
    ],
    ['who opened a program', (after) => after.file.forEach((file) => void (file.flags ^= 0o40))],
    ['VMAs cut elsewhere', (after) => void cut(after, 3)],
    ['bits of bookkeeping', (after) => void (at(at(after.mm, 0).vmas, 1).vmFlags |= 0x0810_0000n)],
    ['the kernel’s own page', (after) => void (at(at(after.mm, 0).vmas, 5).vmFlags |= 0x1000n)],
  ])('%s: as planned', (_, mutate) => {
    expect(outcome(mutate)).toMatchObject({
      outcomes: ['as planned', 'as planned', 'as planned'],
      holds: true,
    });
  });

  /** Splits a VMA of the first address space in two. */
  function cut(after: Draft<Plan>, index: number): void {
    const { vmas } = at(after.mm, 0);
    const vma = at(vmas, index);
    const middle = vma.start + 0x1000;
    vmas.splice(index, 1, { ...vma, end: middle, guards: [] }, { ...vma, start: middle, pages: [] });
  }
});

describe('the end of a process', () => {
  const ends = (exitCode: number) =>
    outcome((after) => {
      const process = at(after.process, 1);
      Object.assign(process, {
        state: PROCESS_STATE.zombie,
        exitCode,
        mm: null,
        sighand: null,
        terminal: null,
      });
      process.threads.splice(1);
    });

  test('by itself, or by somebody’s signal, is its own affair', () => {
    for (const exitCode of [0, 1 << 8, 1, 15]) {
      expect(ends(exitCode)).toMatchObject({ outcomes: ['as planned', 'ended', 'as planned'], holds: true });
    }
  });

  test('by what it did, with memory or registers that were not its own, is not', () => {
    for (const exitCode of [11, 11 | 0x80, 7, 4]) {
      expect(ends(exitCode)).toMatchObject({
        outcomes: ['as planned', 'differs', 'as planned'],
        holds: false,
      });
    }
  });
});

describe('a process whose parent did not come along', () => {
  /** The parent has nothing that others could miss. */
  const plain = (): Draft<Plan> => {
    const plan = samplePlan() as Draft<Plan>;
    Object.assign(at(plan.process, 0), {
      state: PROCESS_STATE.zombie,
      mm: null,
      sighand: null,
      terminal: null,
      threads: [],
    });
    return plan;
  };

  test.each([
    [1, true, 'moved on'],
    [1, false, 'differs'],
    [7, true, 'differs'],
  ])('now of %i, the parent gone: %s: %s', (parentPid, gone, expected) => {
    const after = plain();
    Object.assign(at(after.process, 1), { parentPid, parent: null });
    // Another stands in its place, so that the places of the others stay.
    if (gone) at(after.process, 0).pid = 999;
    expect(verifyPlan(plain() as Plan, after as Plan).processes[1]?.outcome).toBe(expected);
  });
});

test('what two share is held to the plan by the one that is left', () => {
  const both = samplePlan() as Draft<Plan>;
  at(both.process, 1).sighand = at(both.process, 0).sighand;
  const after = structuredClone(both);
  after.process = after.process.filter(({ pid }) => pid !== 100);
  const differing = () =>
    verifyPlan(both as Plan, after as Plan).processes[1]?.differences.map(({ object, kind }) => [
      object[0],
      kind,
    ]);
  expect(differing()).not.toContainEqual(['sighand of 101', expect.anything()]);
  at(at(after.sighand, at(after.process, 0).sighand as number).actions, 0).flags += 1n;
  expect(differing()).toContainEqual(['sighand of 101', 'sighand.actions']);
});

describe('objects that no process has', () => {
  test('are held to the plan too', () => {
    const { holds, verified } = outcome((after) => void at(after.semaphoreSet, 0).semaphores.splice(0, 1));
    expect(holds).toBe(true);
    expect(verified.others).toEqual([]);
    const lost = outcome((after) => void after.semaphoreSet.splice(0, 1));
    expect(lost.holds).toBe(false);
    expect(lost.verified.others.map(({ change, kind }) => [change, kind])).toEqual([
      ['lost', 'semaphoreSet'],
    ]);
    expect(lost.outcomes).toEqual(['as planned', 'as planned', 'as planned']);
  });
});

describe('clocks', () => {
  const later = (monotonic: bigint, boottime: bigint, realtime: bigint) => (after: Draft<Plan>) => {
    after.header.panicMonotonic += monotonic;
    after.header.panicBoottime += boottime;
    after.header.panicRealtime += realtime;
  };
  const S = 1_000_000_000n;

  test('that go on hold; one that began anew, or ran ahead, does not', () => {
    const holds = (...by: [bigint, bigint, bigint]) => outcome(later(...by), { resurrected: true }).holds;
    expect(holds(0n, 0n, 0n)).toBe(true);
    expect(holds(3n * S, 9n * S, 10n * S)).toBe(true);
    expect(holds(-1n, 9n * S, 10n * S)).toBe(false);
    expect(holds(3n * S, 60n * S, 10n * S)).toBe(false);
  });

  test('are told, and no more, of a dump that is no resurrection', () => {
    const { holds, verified } = outcome(later(-S, 2n * S, 2n * S));
    expect(holds).toBe(true);
    expect(verified.clocks).toEqual({
      monotonic: '-1000000000',
      boottime: '2000000000',
      realtime: '2000000000',
      wentOn: false,
    });
  });
});

describe('contents of pages', () => {
  /** A frame is full of its number; one that was copied, of that of the frame it came from. */
  const memory = (copies: ReadonlyMap<number, number>) => ({
    frames: (pfn: number, into: Uint8Array) => {
      for (let page = 0; page * 4096 < into.length; page++)
        into.fill((copies.get(pfn + page) ?? pfn + page) % 251, page * 4096, (page + 1) * 4096);
      return true;
    },
  });
  /** All private pages of the first process in frames of 0x5000 and up, as the resurrector would have them. */
  const moved = (after: Draft<Plan>, copies: Map<number, number>) => {
    for (const vma of at(after.mm, 0).vmas)
      for (const run of vma.pages)
        if (run.source === PAGE_SOURCE.frame) {
          for (let page = 0; page < run.pages; page++) copies.set(0x5000 + run.pfn + page, run.pfn + page);
          run.pfn += 0x5000;
        }
  };

  test('in other frames are the same; one that differs was written, where that is allowed', () => {
    const copies = new Map<number, number>();
    const clean = outcome((after) => moved(after, copies), { memory: memory(copies) });
    expect(clean).toMatchObject({ outcomes: ['as planned', 'as planned', 'as planned'], holds: true });
    const [first] = clean.verified.processes;
    expect(first?.pages).toMatchObject({ changed: 0, wrong: 0 });
    expect(first?.pages?.same).toBeGreaterThan(5);
    const writes = (after: Draft<Plan>) => {
      moved(after, copies);
      copies.set(0x5000 + 0x1000, 1);
    };
    const written = outcome(writes, { memory: memory(copies) });
    expect(written.verified.processes[0]?.pages).toMatchObject({ changed: 1, wrong: 0 });
    expect(written.holds).toBe(true);
  });

  test('of the plan itself are in frames afterwards', () => {
    const after = samplePlan() as Draft<Plan>;
    const run = at(at(at(after.mm, 0).vmas, 3).pages, 1);
    Object.assign(run, { source: PAGE_SOURCE.frame, pfn: 0x9000 });
    const pages = (second: number) => {
      const copies = new Map([1, second].map((byte, page) => [0x9000 + page, byte]));
      return verifyPlan(samplePlan(), after as Plan, { memory: memory(copies) }).processes[0]?.pages;
    };
    expect(pages(2)).toMatchObject({ changed: 0, wrong: 0 });
    expect(pages(3)).toMatchObject({ changed: 1, wrong: 0 });
  });

  test('a guard that is gone is no longer as planned', () => {
    const { verified, holds } = outcome((after) => void (at(at(after.mm, 0).vmas, 3).guards = []));
    expect(holds).toBe(false);
    expect(verified.processes[0]?.differences).toMatchObject([
      { change: 'lost', object: ['mm of 100', 'vmas 0x7f0000000000', 'guards 0x4000'] },
    ]);
  });

  test('of what nobody may write to are wrong', () => {
    const copies = new Map<number, number>();
    const readOnly = (plan: Draft<Plan>) => void (at(at(plan.mm, 0).vmas, 3).vmFlags = 1n);
    const before = samplePlan() as Draft<Plan>;
    readOnly(before);
    const after = samplePlan() as Draft<Plan>;
    readOnly(after);
    moved(after, copies);
    copies.set(0x5000 + 0x1011, 1);
    const { processes, holds } = verifyPlan(before as Plan, after as Plan, { memory: memory(copies) });
    expect(holds).toBe(false);
    expect(processes[0]?.differences).toMatchObject([
      { object: ['mm of 100', 'vmas 0x7f0000000000', 'page 0x7f0000001000'], field: 'contents' },
    ]);
    expect(processes.map(({ outcome }) => outcome)).toEqual(['differs', 'as planned', 'as planned']);
  });

  test('that cannot be read are absent, not the same', () => {
    const none = { frames: () => false };
    const { verified } = outcome(() => {}, { memory: none });
    // But for a page of zeroes, and two that the plan carries.
    expect(verified.processes[0]?.pages).toMatchObject({ same: 3, changed: 0, wrong: 0 });
    expect(verified.processes[0]?.pages?.absent).toBeGreaterThan(5);
  });
});

test('facts are counted: fewer where something differs, none where nobody is', () => {
  const whole = outcome(() => {}).verified;
  const facts = whole.processes.map((each) => each.facts);
  expect(Math.min(...facts)).toBeGreaterThan(20);
  expect(whole.facts).toBeGreaterThan(Math.max(...facts));
  const one = outcome((after) => void (at(after.process, 1).pgid = 100)).verified;
  expect(one.processes.map((each) => each.facts)).toEqual([facts[0], (facts[1] ?? 0) - 1, facts[2]]);
  expect([one.facts, one.differences]).toEqual([whole.facts - 1, 1]);
  const without = outcome(
    (after) => void (after.process = after.process.filter(({ pid }) => pid !== 100)),
  ).verified;
  expect(without.processes[0]).toMatchObject({ facts: 0, moved: 0, pages: null });
});

// Both sides' notations of the same made-up facts meet in bench/peer-check/kinds, and a change on one side shows.
import { describe, expect, test } from 'vitest';
import { compare } from '../../../bench/peer-check/compare.js';
import type { Ours } from '../../../bench/peer-check/facts.js';
import { flagOptions } from '../../../bench/peer-check/kinds/mounts.js';
import { pages } from '../../../bench/peer-check/kinds/pages.js';
import { stacks } from '../../../bench/peer-check/kinds/stacks.js';
import type { Oracle, OracleRun } from '../../../bench/peer-check/oracle.js';
import { PAGE, type PageRun } from '../../../src/snapshot/mm.js';

function ours(snapshot: object): Ours {
  return { snapshot, kernel: {} } as unknown as Ours;
}

function theirs(oracle: object): Oracle {
  return oracle as unknown as Oracle;
}

describe('pages', () => {
  const WRITTEN = PAGE.present | PAGE.writable | PAGE.dirty | PAGE.accessed;
  const VMAS = [
    { start: 0x1000, end: 0x5000 },
    { start: 0x8000, end: 0xa000 },
    { start: 0x200000, end: 0x600000 },
  ];
  const RUNS: PageRun[] = [
    { address: 0x1000, pages: 2, pfn: 100, flags: WRITTEN, swapType: 0 },
    { address: 0x3000, pages: 1, pfn: 7, flags: PAGE.swap | PAGE.exclusive, swapType: 1 },
    { address: 0x4000, pages: 1, pfn: 9, flags: PAGE.present | PAGE.protNone, swapType: 0 },
    { address: 0x8000, pages: 2, pfn: 50, flags: PAGE.present | PAGE.zero, swapType: 0 },
    { address: 0x200000, pages: 1024, pfn: 512, flags: PAGE.present | PAGE.zero | PAGE.thp, swapType: 0 },
  ];
  const THEIRS: OracleRun[] = [
    [0x1000, 4096, 100, 'P62'],
    [0x2000, 4096, 101, 'P62'],
    [0x3000, 4096, 7, 'S1'],
    [0x4000, 4096, 9, 'N0'],
    [0x8000, 4096, 50, 'P0'],
    [0x9000, 4096, 50, 'P0'],
    [0x200000, 0x200000, 512, 'P0H'],
    [0x400000, 0x200000, 512, 'P0H'],
  ];
  const mine = pages.ours(
    ours({ tasks: [], mms: [{ address: '0xff', vmas: VMAS, runs: RUNS }] }),
    theirs({ mms: {} }),
  );
  const yours = (runs: readonly OracleRun[]) =>
    pages.theirs(
      theirs({
        mms: {
          '0xff': { vmas: VMAS.map(({ start }) => ({ start: `0x${start.toString(16)}` })), pages: runs },
        },
      }),
    );

  test('are the same in both notations', () => {
    const found = compare('pages', mine, yours(THEIRS), []);
    expect(found).toMatchObject({ subjects: 3, equal: 3, different: [] });
    expect(mine.get('0xff 0x1000')?.fields).toEqual({
      entries: ['0x1000+2 100 P62', '0x3000+1 7 S1', '0x4000+1 9 N0'],
    });
  });

  test.each([
    ['frame', 1, [0x2000, 4096, 102, 'P62']],
    ['dirty bit', 1, [0x2000, 4096, 101, 'P22']],
    ['swap device', 2, [0x3000, 4096, 7, 'S0']],
    ['kind of page', 3, [0x4000, 4096, 9, 'P0']],
    ['size', 7, [0x400000, 0x200000, 512, 'P0']],
  ] as const)('differ by a %s', (_, index, run) => {
    const changed = THEIRS.map((each, i): OracleRun => (i === index ? [...run] : each));
    expect(compare('pages', mine, yours(changed), []).different).toHaveLength(1);
  });

  test('outside every VMA are not lost', () => {
    const stray: OracleRun[] = [[0x0, 4096, 1, 'P0'], ...THEIRS];
    expect(compare('pages', mine, yours(stray), []).different).toMatchObject([{ field: null }]);
  });

  test('that go on over the border of two VMAs are cut there', () => {
    const two = [{ start: 0x1000 }, { start: 0x2000 }];
    const run: PageRun = { address: 0x1000, pages: 2, pfn: 5, flags: PAGE.present, swapType: 0 };
    const cut = pages.ours(
      ours({ tasks: [], mms: [{ address: '0xff', vmas: two, runs: [run] }] }),
      theirs({ mms: {} }),
    );
    expect(cut.get('0xff 0x2000')?.fields).toEqual({ entries: ['0x2000+1 6 P0'] });
  });
});

describe('stacks', () => {
  const TASK = { address: '0xff', tid: 7, pid: 7, comm: 'sh', state: 'S', flags: 0 };
  const FRAMES = [
    { address: '0x10', symbol: 'schedule+0x1/0x2', guess: false, mark: null },
    { address: '0x20', symbol: 'nap+0x1/0x2 [mod]', guess: false, mark: 'interrupt asm_sysvec_reboot' },
  ];
  const CALLS = [
    { pc: '0x10', symbol: 'schedule', interrupted: false },
    { pc: '0x20', symbol: 'nap', interrupted: true },
  ];
  const differ = (frames: object[], calls: object[] | null) =>
    compare(
      'stack',
      stacks.ours(ours({ tasks: [{ ...TASK, kernelStack: frames }] }), theirs({})),
      stacks.theirs(theirs({ tasks: [{ ...TASK, stack: { frames: calls } }], idle: [] })),
      [],
    ).different.map(({ field }) => field);

  test('are the same in both notations', () => {
    expect(differ(FRAMES, CALLS)).toEqual([]);
  });

  test('differ by an address, a name, an interruption, a guess, a frame', () => {
    const with2 = (over: object) => [FRAMES[0] as object, { ...FRAMES[1], ...over }];
    expect(
      differ(with2({ address: '0x21', mark: null }), [
        CALLS[0] as object,
        { ...CALLS[1], interrupted: false },
      ]),
    ).toEqual(['addresses']);
    expect(differ(with2({ symbol: 'nip+0x1/0x2' }), CALLS)).toEqual(['functions']);
    expect(differ(with2({ mark: '<TASK>' }), CALLS)).toEqual(['interrupted']);
    expect(differ(with2({ guess: true }), CALLS)).toEqual(['guesses']);
    expect(differ(FRAMES.slice(0, 1), CALLS)).toEqual(['addresses', 'functions', 'interrupted']);
    expect(differ(FRAMES, null)).toEqual(['addresses', 'functions', 'interrupted']);
  });
});

test('mount flags are printed as in mountinfo', () => {
  expect(flagOptions(0)).toBe('rw');
  expect(flagOptions(0x40 | 0x1 | 0x2 | 0x4 | 0x20)).toBe('ro,nosuid,nodev,noexec,relatime');
  expect(flagOptions(0x8 | 0x80)).toBe('rw,noatime,nosymfollow');
});

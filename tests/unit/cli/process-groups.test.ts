// Which processes the overview shows.
import { expect, test } from 'vitest';
import { gather } from '../../../src/cli/process-groups.js';
import type { ProcessRow } from '../../../src/cli/schema.js';

function row(pid: number, command: string, more: Partial<ProcessRow> = {}): ProcessRow {
  return {
    ...{ pid, ppid: 1, uid: 0, state: 'S', threads: 1, rssPages: 10, swapPages: 1, vmas: 5, files: 3 },
    ...{ tty: null, comm: command.split(' ')[0] as string, command },
    ...more,
  };
}

const NOBODY: ReadonlySet<number> = new Set();

test('siblings with one command are one row', () => {
  const rows = [row(1, 'init', { ppid: 0 }), row(2, 'httpd -k'), row(3, 'httpd -k'), row(4, 'httpd -k')];
  const { shown, others } = gather(rows, NOBODY, 10);
  expect(shown.map(({ first, count }) => [first.pid, count])).toEqual([
    [1, 1],
    [2, 3],
  ]);
  expect(shown[1]).toMatchObject({ threads: 3, rssPages: 30, swapPages: 3, vmas: 15, files: 9 });
  expect(others).toEqual([]);
});

test.each([
  ['another parent', { ppid: 2 }],
  ['another user', { uid: 33 }],
  ['another state', { state: 'Z' }],
  ['another terminal', { tty: 'pts/0' }],
  ['other arguments', { command: 'httpd -X' }],
])('%s is another row', (_what, more) => {
  expect(gather([row(2, 'httpd'), row(3, 'httpd', more)], NOBODY, 10).shown).toHaveLength(2);
});

test('who was on a CPU stands alone, and comes first when there is no room', () => {
  const rows = [row(1, 'big', { rssPages: 1000 }), row(2, 'w'), row(3, 'w'), row(4, 'w')];
  const { shown, others } = gather(rows, new Set([3]), 1);
  expect(shown.map(({ first }) => first.pid)).toEqual([3]);
  expect(others.map(({ pid }) => pid)).toEqual([1, 2, 4]);
});

test('then those on a terminal, then init, then the largest; in the order of their PIDs', () => {
  const rows = [
    row(1, 'init'),
    row(2, 'small', { rssPages: 1 }),
    row(3, 'large', { rssPages: 5000 }),
    row(4, 'vi', { tty: 'pts/0' }),
  ];
  const shown = (count: number) => gather(rows, NOBODY, count).shown.map(({ first }) => first.pid);
  expect([shown(1), shown(2), shown(3), shown(4)]).toEqual([[4], [1, 4], [1, 3, 4], [1, 2, 3, 4]]);
});

test('no processes', () => expect(gather([], NOBODY, 5)).toEqual({ shown: [], others: [] }));

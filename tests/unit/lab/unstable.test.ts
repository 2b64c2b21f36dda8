import { describe, expect, test } from 'vitest';
import { differingParts, truthPath } from '../../../src/lab/unstable.js';

test('record keys lead to paths in truth.json', () => {
  expect(truthPath('p/12/files/attr/current')).toBe('processes 12 files attr/current');
  expect(truthPath('p/12/t/13/fdinfo/4')).toBe('processes 12 threads 13 fd 4 info');
  expect(truthPath('p/12/fdstat/4')).toBe('processes 12 fd 4 stat');
  expect(truthPath('s/proc/net/tcp')).toBe('system /proc/net/tcp');
  expect(truthPath('tty/pts/0')).toBe('terminals pts/0');
  expect(truthPath('cached/tmp/x')).toBe('cachedFiles /tmp/x');
  expect(truthPath('kmsg')).toBe('kmsg');
});

describe('parts', () => {
  test('of stat are numbered as proc(5) does, whatever the name', () => {
    const line = (name: string, state: string) => `12 (${name}) ${state} 1 12`;
    expect(differingParts('p/12/files/stat', line('a) (b', 'S'), line('a) (b', 'R'))).toEqual(['3']);
    expect(differingParts('p/12/files/stat', line('a', 'S'), line('b c', 'S'))).toEqual(['2']);
  });

  test('of Name: value files are names', () => {
    expect(differingParts('p/1/files/status', 'A:\t1\nB:\t2\n', 'A:\t1\nB:\t3\nC:\t4\n')).toEqual(['B', 'C']);
    expect(
      differingParts('p/1/fdinfo/3', 'pos:\t0\ntfd: 1 events: 1\n', 'pos:\t5\ntfd: 1 events: 1\n'),
    ).toEqual(['pos']);
  });

  test('of counters, caches and interrupts are the words that lines begin with', () => {
    expect(differingParts('s/proc/vmstat', 'nr_free 1\npgin 2\n', 'nr_free 1\npgin 3\n')).toEqual(['pgin']);
    const caches = (active: number) => `# name <active_objs>\nfilp      ${active}  20\nmnt_cache  1  2\n`;
    expect(differingParts('s/proc/slabinfo', caches(1), caches(2))).toEqual(['filp']);
    expect(differingParts('s/proc/interrupts', ' 24: 1\nLOC: 5\n', ' 24: 2\nLOC: 6\n')).toEqual([
      '24',
      'LOC',
    ]);
  });

  test('of smaps are names of any VMA, unless the VMAs differ', () => {
    const smaps = (pss: number, end: number) => `1000-${end} r--p 0 0:0 0\nRss: 4 kB\nPss: ${pss} kB\n`;
    expect(differingParts('p/1/files/smaps', smaps(1, 2000), smaps(2, 2000))).toEqual(['Pss']);
    expect(differingParts('p/1/files/smaps', smaps(1, 2000), smaps(1, 3000))).toEqual([]);
  });

  test('of socket tables are columns, unless sockets came or went', () => {
    const table = (timer: string) => `sl local\n 0: 0100007F:1B5C ${timer}\n`;
    expect(differingParts('s/proc/net/tcp', table('02:1'), table('02:2'))).toEqual(['3']);
    expect(differingParts('s/proc/net/tcp6', table('02:1'), 'sl local\n')).toEqual([]);
  });

  test('of anything else cannot be told', () => {
    expect(differingParts('s/proc/buddyinfo', 'a: 1\n', 'a: 2\n')).toEqual([]);
  });
});

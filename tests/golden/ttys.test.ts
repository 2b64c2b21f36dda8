// Terminals against stty's facts of each, tty_nr and tpgid of /proc/PID/stat, and what was typed into them by the zoo and the
// editors (src/lab/guest/zoo/objects.c).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { descriptorOf, terminalsOf } from '../../src/parsers/parts/descriptors.js';
import { contentsOf } from '../../src/snapshot/bytes.js';
import type { Terminal } from '../../src/snapshot/terminal.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { statFields } from './proc-text.js';

/** Fields of stat, as proc(5) numbers them. */
const [SESSION, TTY_NR, TPGID] = [6, 7, 8];

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const named = (tty: string) => terminalsOf(fixture.dump).find((each) => each.name === tty);
  const text = (tty: Terminal | undefined) =>
    tty?.input === null || tty === undefined
      ? null
      : Buffer.from(contentsOf(tty.input.contents)).toString('latin1');

  /** The terminals of zoo-ptys: master and slave with input, and a master by itself. */
  function specimen(fds = [4, 5, 6]): Terminal[] | undefined {
    const { dump } = fixture;
    const task = dump.tasks.find(({ comm }) => comm === 'zoo-ptys');
    const details = task && dump.files(task).map(({ fd, file }) => [fd, descriptorOf(dump, file)] as const);
    const of = (wanted: number) => details?.find(([fd]) => fd === wanted)?.[1]?.address;
    return (
      details && fds.map((fd) => terminalsOf(dump).find(({ address }) => address === of(fd)) as Terminal)
    );
  }

  test('settings, window and discipline, as the guest was told', () => {
    const compare = new Comparison();
    for (const [tty, theirs] of Object.entries(fixture.truth.terminals)) {
      if (!isStable(fixture.truth, `terminals ${tty}`)) continue;
      const { termios, rows, columns, discipline } = named(tty) as Terminal;
      const flags = (['iflag', 'oflag', 'cflag', 'lflag'] as const)
        .map((flag) => `${flag}=${termios[flag].toString(16)}`)
        .join(' ');
      const ours = `${flags} cc=${termios.cc} rows=${rows} cols=${columns} ldisc=${discipline}`;
      compare.same(tty, ours, theirs);
    }
    expect(fixture.dump.kernel.faults.records).toEqual([]);
    compare.finish(1);
  });

  test('session and foreground group, as stat of its processes has them', () => {
    const compare = new Comparison();
    for (const [pid, { files }] of Object.entries(fixture.truth.processes)) {
      const stat = statFields(textOf(files['stat']) ?? '');
      const device = Number(stat[TTY_NR]);
      if (device === 0 || Number(pid) === fixture.truth.recorder.pid) continue;
      const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
      const tty = terminalsOf(fixture.dump).find(
        (each) => each.major === ((device >>> 8) & 0xfff) && each.minor === minor,
      );
      compare.same(`${pid} session`, tty?.session, Number(stat[SESSION]));
      compare.same(`${pid} tpgid`, tty?.foreground, Number(stat[TPGID]));
    }
    const hasSessions = terminalsOf(fixture.dump).some(({ session }) => session > 0);
    compare.finish(hasSessions ? 2 : 0);
  });

  test('both sides of every pty know each other', () => {
    const terminals = terminalsOf(fixture.dump);
    for (const tty of terminals.filter(({ driver }) => driver.startsWith('pty_'))) {
      const other = terminals.find(({ address }) => address === tty.other);
      expect([other?.other, other?.index]).toEqual([tty.address, tty.index]);
      expect(other?.driver).toBe(tty.driver === 'pty_master' ? 'pty_slave' : 'pty_master');
    }
    expect(terminals.some(({ name }) => name === 'ttyS0')).toBe(true);
  });

  test('lines that zoo-ptys typed: one whole, one ended by ^D, one begun', ({ skip }) => {
    const [, slave] = specimen([7, 8]) ?? [];
    if (slave === undefined) return skip('not in this capture');
    // The end of file stands as a NUL.
    expect(text(slave)).toBe('whole line\nmore\0tail');
    expect(slave.input).toMatchObject({ canonical: true, ready: 16, lineEnds: [10, 15] });
  });

  test('what zoo-ptys typed, what it printed, and its echo', ({ skip }) => {
    const [master, slave, second] = specimen() ?? [];
    if (master === undefined) return skip('not in this capture');
    expect(text(slave)).toBe('half a li');
    expect(slave?.input).toMatchObject({ canonical: true, ready: 0, lineEnds: [], literalNext: false });
    // The echo comes after the output or between two of its pieces: the line discipline does not hold them apart.
    const echo = 'half a li';
    const output = 'unread output\r\n';
    expect(text(master)).toSatisfy((read: string) => isInterleaved(read, echo, output));
    expect(master.input).toMatchObject({ canonical: false, ready: 24 });
    expect([master.packet, master.locked]).toEqual([true, false]);
    expect([second?.packet, second?.locked]).toEqual([false, true]);
  });
});

/** Whether `text` is made of all of `a` and all of `b`, each in its own order. */
function isInterleaved(text: string, a: string, b: string): boolean {
  if (text.length !== a.length + b.length) return false;
  if (text === '') return true;
  return (
    (a !== '' && text[0] === a[0] && isInterleaved(text.slice(1), a.slice(1), b)) ||
    (b !== '' && text[0] === b[0] && isInterleaved(text.slice(1), a, b.slice(1)))
  );
}

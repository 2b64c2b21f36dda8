// `ttys`: terminals, who has them, how they are set, and what nobody has read from them.

import type { Dump } from '../../parsers/dump.js';
import { descriptorOf, terminalsOf } from '../../parsers/parts/descriptors.js';
import type { Terminal } from '../../snapshot/terminal.js';
import { contentsText } from '../render/contents.js';
import type { Style } from '../render/style.js';
import { type Column, table } from '../render/table.js';
import { plural, printable } from '../render/units.js';
import type { SectionRun } from '../section.js';
import { termiosText } from './termios.js';

export const ttys: SectionRun = ({ dump, options }) => ({
  schema: 'ttys',
  data: () => terminalsOf(dump),
  text: function* (style) {
    const verbose = options['verbose'] === true;
    const names = new Map(terminalsOf(dump).map(({ address, name }) => [address as string, name]));
    const [head = '', ...rows] = table(columns(names), terminalsOf(dump));
    yield style.dim(head);
    for (const [i, tty] of terminalsOf(dump).entries()) {
      yield rows[i] as string;
      yield* unread(tty);
      if (verbose) yield* setting(dump, tty, style);
    }
  },
});

function columns(names: ReadonlyMap<string, string>): Column<Terminal>[] {
  return [
    { head: 'TTY', cell: ({ name }) => printable(name) },
    { head: 'DEVICE', cell: ({ major, minor }) => `${major}:${minor}` },
    { head: 'DRIVER', cell: ({ driver }) => printable(driver) },
    { head: 'OTHER SIDE', cell: ({ other }) => (other === null ? '-' : (names.get(other) ?? other)) },
    { head: 'SESSION', cell: ({ session }) => session || '-', right: true },
    { head: 'FOREGROUND', cell: ({ foreground }) => foreground || '-', right: true },
    { head: 'SIZE', cell: ({ columns: width, rows }) => `${width}x${rows}` },
    { head: 'OPEN', cell: ({ opens }) => opens, right: true },
    { head: 'STATE', cell: (tty) => state(tty) },
  ];
}

function state(tty: Terminal): string {
  const { input, discipline } = tty;
  const flags = [
    [input?.canonical === true, 'canonical'],
    [input?.canonical === false, 'raw'],
    [discipline > 0, `discipline ${discipline}`],
    [tty.packet, 'packet'],
    [tty.locked, 'locked'],
    [tty.stopped, 'stopped'],
    [tty.exclusive, 'exclusive'],
    [tty.otherClosed, 'other side closed'],
    [tty.hungUp, 'hung up'],
  ] as const;
  return flags
    .filter(([is]) => is)
    .map(([, name]) => name)
    .join(', ');
}

function* unread({ input, received }: Terminal): Generator<string> {
  if (input !== null && input.contents.bytes > 0) {
    const ready = input.canonical ? `, ${plural(input.ready, 'byte')} of it in whole lines` : '';
    yield `    unread ${contentsText(input.contents)}${ready}`;
  }
  if (received.bytes > 0) yield `    received ${contentsText(received)}, not yet processed`;
}

function* setting(dump: Dump, tty: Terminal, style: Style): Generator<string> {
  yield `    ${termiosText(tty.termios)}`;
  const holders = dump.tasks
    .filter((task) => task.leader && !task.idle)
    .flatMap((task) =>
      dump
        .files(task)
        .filter(({ file }) => descriptorOf(dump, file)?.address === tty.address)
        .map(({ fd }) => `${task.pid}/${fd}`),
    );
  yield `    open as ${holders.join(' ') || 'nothing'}`;
  yield style.dim(`    tty_struct ${tty.address}`);
}

// Colour, only where a person looks: on a terminal, unless NO_COLOR or --color say otherwise. And what a dead process
// left in its names must not drive that terminal.
import { styleText } from 'node:util';
import { printable } from './units.js';

export type ColorChoice = 'auto' | 'always' | 'never';
type Format = Parameters<typeof styleText>[0];

/** Paints text; a plain one leaves it alone. */
export interface Style {
  readonly title: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
  readonly name: (text: string) => string;
  /** A line that is exact, byte for byte, in a file or a pipe; on a terminal its control characters are escaped. */
  readonly exact: (line: string) => string;
  /** Columns of the terminal; undefined where lines are not cut. */
  readonly columns: number | undefined;
}

const same = (text: string): string => text;
const PLAIN = { title: same, dim: same, bad: same, good: same, name: same };

const paint =
  (format: Format) =>
  (text: string): string =>
    styleText(format, text, { validateStream: false } as never);
const PAINTED = {
  title: paint('bold'),
  dim: paint('dim'),
  bad: paint('red'),
  good: paint('green'),
  name: paint('cyan'),
};

export function styleFor(choice: ColorChoice, stream: { isTTY?: boolean; columns?: number }): Style {
  const terminal = stream.isTTY === true;
  return {
    ...(isPainted(choice, terminal) ? PAINTED : PLAIN),
    exact: terminal ? printable : same,
    columns: terminal ? stream.columns : undefined,
  };
}

function isPainted(choice: ColorChoice, terminal: boolean): boolean {
  if (choice !== 'auto') return choice === 'always';
  return terminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

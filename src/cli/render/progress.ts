// A progress bar on stderr, for a person who waits: only on a terminal, and only for what takes longer than a second.
import { onProgress } from '../../base/progress.js';

const PATIENCE_MS = 1000;
const REDRAW_MS = 100;
const BAR = 24;
const ERASE_LINE = '\r\x1b[K';

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface ProgressBar {
  /** Takes the bar off the screen, before anything else is printed. */
  readonly clear: () => void;
}

/** Shows what the work reports through base/progress.ts. */
export function reportProgress(stream: ProgressStream, now: () => number = Date.now): ProgressBar {
  if (!stream.isTTY || process.env['TERM'] === 'dumb') return { clear: () => {} };
  const started = now();
  let drawn = 0;
  onProgress((what, done, total) => {
    const time = now();
    if (time - started < PATIENCE_MS || time - drawn < REDRAW_MS) return;
    drawn = time;
    stream.write(ERASE_LINE + barLine(what, done, total));
  });
  return {
    clear: () => {
      onProgress(undefined);
      if (drawn > 0) stream.write(ERASE_LINE);
      drawn = 0;
    },
  };
}

export function barLine(what: string, done: number, total: number): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const full = Math.round(share * BAR);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${percent} %  ${what}`;
}

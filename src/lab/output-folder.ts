// The folder that a capture or a run leaves: made beside its place under another name, and put there when it is whole.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../base/error.js';
import { interruptible } from './host.js';

/** Refuses to replace a folder that is none of the kind: `what`, which has a file named `mark`. */
export function checkTarget(out: string, what: string, mark: string): void {
  if (!existsSync(out)) return;
  const names = readdirSync(out);
  if (names.length > 0 && !names.includes(mark))
    throw new UsageError(`${out} is not empty and holds no ${what}`, 'name another folder with -o');
}

/** Puts `from` in the place of `to`. */
function replace(from: string, to: string): void {
  const aside = `${to}.old-${process.pid}`;
  if (existsSync(to)) renameSync(to, aside);
  renameSync(from, to);
  rmSync(aside, { recursive: true, force: true });
}

/** `worthKeeping`: a file for whose sake the folder stays though `make` failed. */
export async function intoFolder<T>(
  out: string,
  make: (dir: string) => Promise<T>,
  worthKeeping?: string,
): Promise<T> {
  const work = join(dirname(out), `.${basename(out)}.partial-${process.pid}`);
  mkdirSync(work, { recursive: true });
  const clean = () => rmSync(work, { recursive: true, force: true });
  try {
    const made = await interruptible(clean, () => make(work));
    replace(work, out);
    return made;
  } catch (error) {
    if (worthKeeping !== undefined && existsSync(join(work, worthKeeping))) replace(work, out);
    throw error;
  } finally {
    clean();
  }
}

// Where the kernel was in the dumps seen last, so that a large one need not be probed from end to end again. It is a
// hint: what is found there is checked like anything else. A file that changed has another time, and no hint.

import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { log } from '../../base/log.js';

const FORMAT = 'otherworld places 1';
/** Dumps that are remembered; the ones seen longest ago are dropped. */
const MOST = 100;

export class PlaceStore {
  private readonly path: string | null;

  constructor(directory: string | null) {
    this.path = directory === null ? null : join(directory, 'places.json');
  }

  /** Physical address that was kept for a dump; undefined where it is new, or has changed. */
  find(dump: string, role: string): number | undefined {
    const key = this.path === null ? undefined : keyOf(dump, role);
    return key === undefined ? undefined : this.read().get(key);
  }

  keep(dump: string, role: string, place: number): void {
    const key = keyOf(dump, role);
    if (this.path === null || key === undefined) return;
    const places = this.read();
    if (places.get(key) === place) return;
    places.delete(key);
    const kept = [...places, [key, place] as const].slice(-MOST);
    this.write(JSON.stringify({ format: FORMAT, places: Object.fromEntries(kept) }));
  }

  private read(): Map<string, number> {
    try {
      const { format, places } = JSON.parse(readFileSync(this.path as string, 'utf8'));
      if (format !== FORMAT) return new Map();
      return new Map(Object.entries(places as object).filter(([, place]) => Number.isSafeInteger(place)));
    } catch {
      return new Map();
    }
  }

  private write(text: string): void {
    const path = this.path as string;
    const temporary = `${path}.${process.pid}.part`;
    try {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(temporary, text);
      renameSync(temporary, path);
    } catch (error) {
      log()?.warn(`${path}: not written: ${(error as Error).message}`);
    }
  }
}

/** The file as it is now; undefined for what is no file. */
function keyOf(dump: string, role: string): string | undefined {
  try {
    const { dev, ino, size, mtimeMs } = statSync(dump);
    return [dev, ino, size, mtimeMs, role].join(':');
  } catch {
    return undefined;
  }
}

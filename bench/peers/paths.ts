// Where the bench keeps what is slow to make: the peers' roots and the debuginfo of each kernel.

import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export function cachePath(...names: string[]): string {
  const { XDG_CACHE_HOME } = process.env;
  const room = join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'otherworld', 'bench');
  mkdirSync(room, { recursive: true });
  return join(room, ...names);
}

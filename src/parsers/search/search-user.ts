// A pattern in the memory of a process as it would read it, also across pages that lie apart in physical memory. Memory
// that was never touched holds zeroes only, and is not looked at.

import type { UserMemory } from '../mm/user-memory.js';
import { userPieces } from '../mm/user-pieces.js';
import { PatternScan } from './pattern-scan.js';

/** User addresses, ascending. */
export function* searchUser(memory: UserMemory, pattern: Uint8Array): Generator<number> {
  const scan = new PatternScan(pattern);
  for (const { address, bytes } of userPieces(memory)) yield* scan.feed(address, bytes);
}

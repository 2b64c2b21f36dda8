// The memory of a core file: which parts of each VMA are known, so that what was on a disk or a swap device reads as
// missing, not as zeroes.

import type { Segment } from '../../base/elf-core.js';
import type { UserMemory } from '../mm/user-memory.js';
import { type UserStretch, userStretches } from '../mm/user-pieces.js';
import { flagWord, VM } from '../mm/vma-flags.js';

const PAGE_BYTES = 4096;
/** A reservation that was never touched is not worth a hole of terabytes. */
const MAX_UNTOUCHED = 64 << 20;
const PF = { exec: 1, write: 2, read: 4 } as const;

/** In order of address; none of them reaches over two VMAs. */
export function coreSegments(memory: UserMemory): Segment[] {
  const found: Segment[] = [];
  let start = Number.NaN;
  for (const { vma, ...part } of parts(memory)) {
    const last = found.at(-1);
    if (
      last !== undefined &&
      start === vma.start &&
      last.end === part.start &&
      last.content === part.content
    ) {
      found[found.length - 1] = { ...last, end: part.end };
    } else {
      found.push({ ...part, flags: segmentFlags(flagWord(vma.flags)) });
    }
    start = vma.start;
  }
  return found;
}

type Part = Pick<UserStretch, 'vma' | 'start' | 'end'> & Pick<Segment, 'content'>;

function* parts(memory: UserMemory): Generator<Part> {
  for (const stretch of userStretches(memory)) {
    const { vma, start, end, kind } = stretch;
    if (kind === 'single') yield* singlePages(memory, stretch);
    else yield { vma, start, end, content: contentOf(stretch) };
  }
}

function contentOf({ kind, start, end }: UserStretch): Segment['content'] {
  if (kind === 'zeroes') return end - start <= MAX_UNTOUCHED ? 'known' : 'untouched';
  return kind === 'frames' ? 'known' : 'unknown';
}

function* singlePages(memory: UserMemory, { vma, start, end }: UserStretch): Generator<Part> {
  const page = new Uint8Array(PAGE_BYTES);
  for (let at = start; at < end; at += PAGE_BYTES) {
    yield { vma, start: at, end: at + PAGE_BYTES, content: memory.copyPage(at, page) ? 'known' : 'unknown' };
  }
}

function segmentFlags(flags: number): number {
  return (
    (flags & VM.read ? PF.read : 0) | (flags & VM.write ? PF.write : 0) | (flags & VM.exec ? PF.exec : 0)
  );
}

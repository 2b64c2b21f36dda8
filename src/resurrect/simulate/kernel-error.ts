// What the kernel would refuse: an error number, and what it is about.

export const E = {
  PERM: 1,
  NOENT: 2,
  SRCH: 3,
  IO: 5,
  BADF: 9,
  AGAIN: 11,
  NOMEM: 12,
  FAULT: 14,
  EXIST: 17,
  INVAL: 22,
  MFILE: 24,
  RANGE: 34,
  ILSEQ: 84,
  ADDRINUSE: 98,
} as const;

export class KernelError extends Error {
  constructor(
    /** Positive, one of `E`. */
    readonly errno: number,
    /** Which child of the object, from 0; -1: the whole. */
    readonly child = -1,
    /** Address, offset or number that it is about. */
    readonly detail: number | bigint = 0,
  ) {
    super(`errno ${errno}`);
  }
}

/** Fails with that error unless the condition holds. */
export function must(condition: boolean, errno: number, child = -1, detail: number | bigint = 0): void {
  if (!condition) throw new KernelError(errno, child, detail);
}

// Errors that end a command. Each says what was being read, and what the user can do.

/** Documented in docs/exit-codes.md; 1 is "not in this dump", 5 is "shown, but with faults", 6 and 7 are `ow plan`'s. */
export const EXIT = {
  ok: 0,
  absent: 1,
  usage: 2,
  input: 3,
  system: 4,
  faults: 5,
  warnings: 6,
  broken: 7,
  internal: 70,
} as const;

export class OwError extends Error {
  override readonly name = 'OwError';

  constructor(
    /** One of `EXIT`. */
    readonly exitCode: number,
    message: string,
    /** What the user can do; printed on a line of its own. */
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** The input is no dump that we can read, or is too damaged to find the kernel in. */
export class InputError extends OwError {
  constructor(message: string, hint?: string) {
    super(EXIT.input, message, hint);
  }
}

/** What was asked for (a PID, a symbol, a type) is not in this dump. */
export class AbsentError extends OwError {
  constructor(message: string, hint?: string) {
    super(EXIT.absent, message, hint);
  }
}

export class UsageError extends OwError {
  constructor(message: string, hint?: string) {
    super(EXIT.usage, message, hint);
  }
}

/** The operating system refused: no such file, no permission, disk full. */
export class SystemError extends OwError {
  constructor(message: string, hint?: string) {
    super(EXIT.system, message, hint);
  }
}

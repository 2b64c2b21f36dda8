// Errors that the user can do something about; printed without a stack.

export class BenchError extends Error {
  override readonly name = 'BenchError';

  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** Ends the program with what went wrong; a mistake of ours keeps its stack. */
export function fail(error: unknown): void {
  if (!(error instanceof BenchError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  process.exitCode = 4;
}

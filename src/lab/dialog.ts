// Somebody at the guest's serial console, who reads what is on it and types.

import { setTimeout as sleep } from 'node:timers/promises';

export interface Exchange {
  /** What is awaited, behind what was awaited before. */
  readonly expect: RegExp;
  /** What is typed then. */
  readonly send: string;
}

const LOOK_MILLISECONDS = 100;

/**
 * Types at a serial console. `text`: all that it has said; looked at from now on. Resolves when all is said, or after that
 * many seconds without what is awaited; whoever asked finds out by what the console says.
 */
export async function converse(
  type: (text: string) => void,
  text: () => string,
  exchanges: readonly Exchange[],
  seconds: number,
): Promise<void> {
  let from = text().length;
  for (const { expect, send } of exchanges) {
    const deadline = Date.now() + seconds * 1000;
    let found = expect.exec(text().slice(from));
    while (!found) {
      if (Date.now() > deadline) return;
      await sleep(LOOK_MILLISECONDS);
      found = expect.exec(text().slice(from));
    }
    from += found.index + found[0].length;
    if (send) type(send);
  }
}

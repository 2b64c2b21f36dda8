// Where the records of resurrections go: a folder each, found fit at the start rather than after a panic.

import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../base/error.js';
import { RECORD_FILES } from '../../guard/resurrection.js';

/** Says, time after time, which folder the next record belongs in. Throws where there can be none. */
export function recordFolders(output: string, once: boolean): () => string {
  mkdirSync(output, { recursive: true, mode: 0o700 });
  accessSync(output, constants.W_OK);
  if (once) {
    const old = RECORD_FILES.find((name) => existsSync(join(output, name)));
    if (old !== undefined)
      throw new UsageError(
        `${join(output, old)} is of an earlier resurrection`,
        'Name another folder with -o.',
      );
    return () => output;
  }
  return () => {
    let number = 1;
    while (existsSync(join(output, String(number)))) number++;
    return join(output, String(number));
  };
}

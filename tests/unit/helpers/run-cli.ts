// The command line in-process, on a dump that is open already: what it prints, and its exit code.

import { Writable } from 'node:stream';
import { chooseSection, showSection } from '../../../src/cli/inspect.js';
import { explain } from '../../../src/cli/main.js';
import type { Dump } from '../../../src/parsers/dump.js';

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As `ow-inspect DUMP ...argv`. Errors that are no bugs become exit codes; a bug fails the test. */
export async function runCli(dump: Dump, argv: readonly string[]): Promise<Printed> {
  const out = new Gathered();
  let stderr = '';
  try {
    const chosen = chooseSection([dump.image.path, ...argv]);
    if (chosen === undefined) throw new Error('help is printed by the program only');
    const run = await chosen.section.load();
    const code = await showSection(dump, run, chosen, {
      stdout: out,
      stderr: { write: (text) => (stderr += text) },
    });
    return { code, stdout: out.text, stderr };
  } catch (error) {
    const { exitCode, message } = explain(error).error;
    if (exitCode === 70) throw error;
    return { code: exitCode, stdout: out.text, stderr: `${stderr}${message}\n` };
  }
}

class Gathered extends Writable {
  private readonly parts: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.parts).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.parts.push(chunk);
    done();
  }
}

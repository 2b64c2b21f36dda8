// What the guard prints, for people or as a JSON object a line. What the guest says drives no terminal.

import { type Resurrection, recordOf, type Stage, stageLine } from '../../guard/resurrection.js';
import type { Explanation } from '../../resurrect/journal/explain.js';
import { plural, printable } from '../render/units.js';
import { GUARD_VERSIONS, type GuardLines, type GuardState } from './outputs.js';

/** What came of one resurrection. */
export interface Ending {
  readonly found: Resurrection;
  readonly explained: Explanation | null;
  /** Of its record. */
  readonly dir: string | null;
}

export interface Printer {
  readonly state: (state: GuardState) => void;
  readonly stage: (stage: Stage) => void;
  readonly say: (text: string) => void;
  readonly end: (ending: Ending) => void;
}

const STATES: Readonly<Record<GuardState, string>> = {
  watching: 'watching: connected to the machine',
  armed: 'armed: otherworld.ko is in its memory; a panic will be seen there',
  unarmed:
    'not armed: no otherworld.ko in its memory (yet); a panic will be known when a crash kernel speaks',
  ended: 'the machine has ended',
  stopped: 'stopped',
};

const put = (line: string) => process.stdout.write(`${line}\n`);

export const textPrinter: Printer = {
  state: (state) => put(STATES[state]),
  stage: (stage) => put(printable(stageLine(stage))),
  say: (text) => put(`guest: ${printable(text)}`),
  end: ({ found, explained, dir }) => {
    const { outcome, reason, after, unknown } = found;
    for (const { pid, name, outcome: what, step } of explained?.processes ?? [])
      put(`${String(pid).padStart(7)}  ${what}${step === null ? '' : ` (step ${step})`}  ${printable(name)}`);
    if (after !== null) put(`what was run afterwards ended with exit code ${after}`);
    if (unknown > 0) put(`${plural(unknown, 'line')} of the guest could not be understood, or were too many`);
    put(`${outcome}${reason === null ? '' : `: ${printable(reason)}`}`);
    if (dir !== null) put(`kept in ${dir}`);
  },
};

function object<Name extends keyof GuardLines>(name: Name, data: GuardLines[Name]): void {
  put(JSON.stringify({ schema: `otherworld/${name}/${GUARD_VERSIONS[name]}`, ...data }));
}

export const jsonPrinter: Printer = {
  state: (state) => object('guard-state', { state }),
  stage: (stage) => object('guard-stage', stage),
  say: (text) => object('guard-say', { text }),
  end: ({ found, explained, dir }) =>
    object('guard-end', { ...recordOf(found), dir, processes: explained?.processes ?? null }),
};

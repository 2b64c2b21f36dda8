// The named places at which steps can be made to fail (kernel/resurrect/fault.h), as the executor's sources have them.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { guestDir } from '../../src/lab/recipe.js';

const EXECUTOR = join(dirname(fileURLToPath(import.meta.url)), '../../kernel/resurrect');

export interface FaultPoint {
  readonly name: string;
  /** What fails there, as the schema calls it. */
  readonly operation: string;
}

const sources = () =>
  readdirSync(EXECUTOR)
    .filter((name) => name.endsWith('.c'))
    .map((name) => readFileSync(join(EXECUTOR, name), 'utf8'))
    .join('\n');

const first = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** A name twice is one point that several operations pass. */
export function objectFaults(): FaultPoint[] {
  const names = new Set(first(sources(), /FAULT_POINT\("([^"]+)"\)/g));
  return [...names].map((name) => ({ name, operation: name.split('.')[0] as string }));
}

/** Of what is done for each process: those of the parts' table, and those between. */
export function processFaults(): FaultPoint[] {
  const text = sources();
  const between = first(text, /fault_(?:in|of)\((?:[\w.]+, )?"([^"]+)"/g);
  const parts = [...text.matchAll(/\{ OWP_OP_(\w+), of_\w+, \w+, "(\w+)" \}/g)];
  return [
    ...between.map((name) => ({ name, operation: name })),
    ...parts.map(([, operation = '', name = '']) => ({ name, operation: operation.toLowerCase() })),
  ];
}

/** Not a fault point: what is always lost there, because it is in a namespace of its own. */
export const NAMESPACE = 'make_namespace';

/** Those at which the processes of the victim `contained` fail, each at one. */
export function firedByVictim(): string[] {
  const text = readFileSync(join(guestDir(), 'victims/contained.c'), 'utf8');
  const list = /points\[\] = \{([^}]*)\}/.exec(text)?.[1] ?? '';
  return [...first(list, /"(\w+)"/g), NAMESPACE];
}

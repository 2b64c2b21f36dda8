// A plan of each version of the format that there ever was, kept as a file: this program reads them all. A file is never
// made anew; a new version of the format adds one, and an upgrader (src/resurrect/abi/upgrade.ts).
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { FORMAT_VERSION } from '../../src/resurrect/abi/schema/container.js';
import { checkPlan } from '../../src/resurrect/check/check-plan.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'kept');

test('there is one of each version', () => {
  const wanted = Array.from({ length: FORMAT_VERSION }, (_, index) => `format-${index + 1}.owplan`);
  expect(readdirSync(folder).sort()).toEqual(wanted);
});

test.each(readdirSync(folder))('%s is read, and sound', (name) => {
  const bytes = readFileSync(join(folder, name));
  const plan = decodePlan(bytes, name);
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true);
  expect(plan.process.map(({ pid, name: called }) => `${pid} ${called}`)).toEqual([
    '100 shell',
    '101 job',
    '103 gone',
  ]);
  const { name: terminal, input } = plan.terminal[1] ?? {};
  expect([terminal, Buffer.from(input ?? []).toString()]).toEqual(['pts/3', 'ls\nmo']);
  // Version 1 said neither which pages its identity is of, nor which vDSO is mapped.
  const known = version === 1 ? ['identity-pages-known', 'vdso-known'] : [];
  expect(checkPlan(plan).map(({ invariant }) => invariant)).toEqual(known);
  if (name === `format-${FORMAT_VERSION}.owplan`) expect(Buffer.from(encodePlan(plan))).toEqual(bytes);
});

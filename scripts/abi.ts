// Generates everything that must agree on the plan's binary layout, from the schema in src/resurrect/abi/schema/:
// the TypeScript codecs in src/resurrect/abi/records/, the C header kernel/uapi/restore_plan.h, the tables of the validator
// in kernel/plan/plan_layout.c, and docs/plan-format.md.
// `npm run abi` writes them; a test compares.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCHEMA } from '../src/resurrect/abi/schema/schema.js';
import type { Schema } from '../src/resurrect/abi/schema/vocabulary.js';
import { cHeader } from './abi/c-header.js';
import { cLayout } from './abi/c-layout.js';
import { crcTable } from './abi/crc-table.js';
import { formatDocs } from './abi/docs.js';
import { layOut } from './abi/layout.js';
import { typescriptFiles } from './abi/typescript.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const RECORDS = 'src/resurrect/abi/records';

/** Path from the project's root → text. */
export function generate(schema: Schema): Map<string, string> {
  const layout = layOut(schema);
  const files = [...typescriptFiles(layout)].map(([name, text]) => [`${RECORDS}/${name}`, text] as const);
  return new Map([
    ...files,
    ['kernel/uapi/restore_plan.h', cHeader(layout)],
    ['kernel/plan/plan_layout.c', cLayout(layout)],
    ['kernel/plan/crc32_table.c', crcTable()],
    ['docs/plan-format.md', formatDocs(layout)],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = generate(SCHEMA);
  mkdirSync(join(root, RECORDS), { recursive: true });
  mkdirSync(join(root, 'kernel/uapi'), { recursive: true });
  for (const name of readdirSync(join(root, RECORDS))) {
    if (!files.has(`${RECORDS}/${name}`)) rmSync(join(root, RECORDS, name));
  }
  for (const [path, text] of files) writeFileSync(join(root, path), text);
}

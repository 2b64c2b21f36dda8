// docs/schema/*.json are generated: they must be what the types say now.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { outputSchema, SCHEMA_FILE, SNAPSHOT_SCHEMA_FILE, snapshotSchema } from '../../../scripts/schema.js';

test('the committed schema of outputs is the generated one (npm run schema)', () => {
  expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(outputSchema());
}, 60_000);

test('the committed schema of snapshots is the generated one (npm run schema)', () => {
  expect(readFileSync(SNAPSHOT_SCHEMA_FILE, 'utf8')).toBe(snapshotSchema());
}, 60_000);

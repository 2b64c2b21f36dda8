// docs/invariants.md is what the catalogue says.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { INVARIANTS_FILE, invariantsDocument } from '../../../../scripts/invariants.js';

test('the committed document is the generated one (npm run invariants)', () => {
  expect(readFileSync(INVARIANTS_FILE, 'utf8')).toBe(invariantsDocument());
});

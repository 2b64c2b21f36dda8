// Plans of the committed captures, as they were committed (npm run plans): the same dump gives the same bytes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { captureOf, PLANS, planSummary } from '../../scripts/plans.js';

test.each(readdirSync(PLANS))('%s', (file) => {
  const suite = file.replace('.json', '');
  expect(planSummary(captureOf(suite))).toBe(readFileSync(join(PLANS, file), 'utf8'));
});

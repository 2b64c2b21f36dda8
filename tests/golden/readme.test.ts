// Every sentence in the README is true: what it says `npm start` prints is what it prints. Needs dist/.
import { expect, test } from 'vitest';
import { shown, started } from '../../scripts/readme.js';

test('the README shows what npm start prints', () => {
  expect(shown()).toContain('vi letter.txt');
  expect(shown()).toBe(started());
});

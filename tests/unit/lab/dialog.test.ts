import { beforeEach, expect, test } from 'vitest';
import { converse } from '../../../src/lab/dialog.js';

let said: string;
let typed: string;

beforeEach(() => {
  said = 'an old prompt: ';
  typed = '';
});

/** A guest: a login that answers in its own time. */
function type(text: string): void {
  typed += text;
  if (typed === 'me\n') setTimeout(() => say('me\r\npassword: '), 20);
  if (typed === 'me\nsecret\n') setTimeout(() => say('\r\nwelcome'), 20);
}
const say = (text: string) => {
  said += text;
};
const read = () => said;

test('types when what is awaited is there, each behind the other', async () => {
  const dialog = [
    { expect: /: /, send: 'me\n' },
    { expect: /: /, send: 'secret\n' },
    { expect: /welcome/, send: '' },
  ];
  setTimeout(() => say('name: '), 20);
  const over = converse(type, read, dialog, 30);
  expect(typed).toBe('');
  await over;
  expect(typed).toBe('me\nsecret\n');
  expect(said).toBe('an old prompt: name: me\r\npassword: \r\nwelcome');
});

test('gives up what does not come, and does not take what was there before', async () => {
  const dialog = [
    { expect: /an old prompt/, send: 'x' },
    { expect: /./, send: 'y' },
  ];
  setTimeout(() => say('name: '), 20);
  await converse(type, read, dialog, 0.3);
  expect(typed).toBe('');
});

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { converse } from '../../../src/lab/dialog.js';

let dir: string;
let path: string;
let server: Server;
let said: string;
let typed: string;

/** A guest: a login behind a console whose log is `said`. */
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ow-dialog-'));
  path = join(dir, 'serial');
  said = 'an old prompt: ';
  typed = '';
  server = createServer((socket) => {
    said += 'name: ';
    socket.on('data', (data: Buffer) => {
      typed += data.toString();
      if (typed.endsWith('me\n')) said += 'me\npassword: ';
    });
    socket.on('error', () => undefined);
  });
  server.listen(path);
  await once(server, 'listening');
});
afterEach(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

test('types when what is awaited is there, each behind the other', async () => {
  const dialog = [
    { expect: /name: /, send: 'me\n' },
    { expect: /: /, send: '' },
  ];
  await converse(path, () => said, dialog, 30);
  expect(typed).toBe('me\n');
  expect(said.endsWith('password: ')).toBe(true);
});

test('gives up what does not come, and does not take what was there before', async () => {
  await converse(path, () => said, [{ expect: /an old prompt/, send: 'x' }], 0.3);
  expect(typed).toBe('');
});

test('a console that nobody listens at is no error', async () => {
  await converse(join(dir, 'nobody'), () => said, [{ expect: /name/, send: 'x' }], 0.3);
  expect(typed).toBe('');
});

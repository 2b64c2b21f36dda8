import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Machine, startMachine, stopMachine } from '../../../src/lab/machine.js';

let dir: string;
let machine: Machine | undefined;
const at = (name: string) => join(dir, name);

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ow-machine-'));
  vi.stubEnv('PATH', [dir, process.env['PATH']].join(delimiter));
});
afterEach(async () => {
  if (machine) await stopMachine(machine);
  machine = undefined;
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

/** `script`: what goes by QEMU's name. */
function start(script: string, typedAt: boolean): Machine {
  writeFileSync(at('qemu-system-x86_64'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const files = { ram: at('ram'), truth: at('truth'), swap: at('swap'), console: at('log'), qmp: at('qmp') };
  const resurrect = { kit: at('kit'), port: at('port') };
  machine = startMachine(typedAt ? { ...files, resurrect } : files, [], () => undefined);
  return machine;
}
const ended = ({ child }: Machine) => once(child, 'close');

test('what is typed is its standard input, and its standard output the console', async () => {
  writeFileSync(at('log'), 'of an earlier machine, and longer than what this one says');
  const guest = start('read line; echo "typed: $line"; read line; echo "and: $line"', true);
  guest.type('go\n');
  guest.type('on\n');
  await ended(guest);
  expect(guest.console.text()).toBe('typed: go\nand: on\n');
});

test('typing to one that no longer reads is no error, nor is it once it has ended', async () => {
  const guest = start('exec <&-; echo deaf; sleep 0.5', true);
  await vi.waitFor(() => expect(guest.console.text()).toBe('deaf\n'), 10_000);
  guest.type('go\n');
  await ended(guest);
  expect(guest.ended).toBe(true);
  guest.type('go\n');
  expect(guest.console.text()).toBe('deaf\n');
});

test('one that is not typed at keeps its console by itself, and has no input', async () => {
  const guest = start(`cat >'${at('input')}'; echo lost; echo kept >'${at('log')}'`, false);
  await ended(guest);
  expect(guest.console.text()).toBe('kept\n');
  expect(readFileSync(at('input'), 'utf8')).toBe('');
});

test('one that is stopped while it waits for input leaves none open', async () => {
  const guest = start('read line', true);
  await Promise.all([ended(guest), stopMachine(guest)]);
  expect(guest.child.signalCode).toBe('SIGKILL');
  expect(guest.child.stdin?.destroyed).toBe(true);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConsoleFollower, consoleState } from '../../../src/lab/console.js';

const RECORDED = 'ow: guest up\now: pass 1 took 2.0 s\now: pass 2 took 2.0 s\n';

test('a guest is dead when the truth is whole and the panic has been told', () => {
  expect(consoleState('ow: guest up\n')).toEqual({ kind: 'running' });
  expect(consoleState(RECORDED)).toEqual({ kind: 'running' });
  expect(consoleState(`${RECORDED}Kernel panic - not syncing: sysrq`)).toEqual({ kind: 'dying' });
  const end = '---[ end Kernel panic - not syncing: sysrq triggered crash ]---';
  expect(consoleState(`${RECORDED}Kernel panic - not syncing: sysrq\n${end}`)).toEqual({ kind: 'dead' });
});

test('a guest that breaks by itself before that is a failure, with the reason', () => {
  expect(consoleState('BUG: unable to handle page fault\n')).toMatchObject({ kind: 'failed' });
  expect(consoleState('ow: workload servers FAILED\r\n')).toEqual({
    kind: 'failed',
    why: 'workload servers FAILED',
  });
  expect(consoleState('ow: FATAL recorder, /dev/vdb: No space\r\n')).toEqual({
    kind: 'failed',
    why: 'recorder, /dev/vdb: No space',
  });
});

test('an NMI is asked for only when the recorder waits for it', () => {
  expect(consoleState('ow: waiting for an NMI\n')).toEqual({ kind: 'running' });
  expect(consoleState(`${RECORDED}ow: waiting for an NMI\n`)).toEqual({ kind: 'waiting-for-nmi' });
});

test('the follower passes on our own lines once, and only whole ones', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ow-console-'));
  const path = join(dir, 'console.log');
  const heard: string[] = [];
  const follower = new ConsoleFollower(path, (line) => heard.push(line));
  expect(follower.look()).toEqual({ kind: 'running' });
  writeFileSync(path, '[ 1.0] Linux\r\now: guest up\r\now: work');
  follower.look();
  writeFileSync(path, '[ 1.0] Linux\r\now: guest up\r\now: workload zoo starts\r\n');
  follower.look();
  follower.look();
  expect(heard).toEqual(['guest up', 'workload zoo starts']);
  expect(follower.tail(1)).toBe('ow: workload zoo starts');
  rmSync(dir, { recursive: true });
});

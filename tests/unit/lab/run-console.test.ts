import { describe, expect, test } from 'vitest';
import { runState } from '../../../src/lab/run-console.js';

const MAIN = '[    0.000000] Linux version 6.1.0-50-cloud-amd64 (debian)\r\now: guest up\r\n';
const ARMED = `${MAIN}armed: nr_cpus=1\r\now: armed\r\n`;
const PANICKED = `${ARMED}[   21.9] sysrq: Trigger a crash\r\n[   21.9] Kernel panic - not syncing: sysrq triggered crash\r\n`;
const CRASH = `${PANICKED}[    0.000000] Linux version 6.1.0-50-cloud-amd64 (debian)\r\n`;

describe('the console of a guest that is to be resurrected', () => {
  test.each([
    ['', 'booting'],
    [MAIN, 'booting'],
    [`${MAIN}ow: ready\r\n`, 'ready'],
    [ARMED, 'armed'],
    [`${ARMED}ow: waiting for an NMI\r\n`, 'waiting-for-nmi'],
    [PANICKED, 'panicked'],
    [`${ARMED}[   30.1] BUG: kernel NULL pointer dereference, address: 0\r\n`, 'panicked'],
    [`${ARMED}[   30.1] Oops: 0000 [#1]\r\n`, 'panicked'],
    [CRASH, 'crash-kernel'],
    // It may boot without a word of the panic.
    [`${ARMED}[    0.000000] Linux version 6.1\r\n`, 'crash-kernel'],
  ])('%#: %s', (text, kind) => {
    expect(runState(text).kind).toBe(kind);
  });

  test('tells of a guest that broke before it was armed', () => {
    expect(runState(`${MAIN}[ 3.0] Kernel panic - not syncing: no init\r\n`)).toEqual({
      kind: 'failed',
      why: "the guest's kernel broke before it was armed (Kernel panic)",
    });
    expect(runState(`${MAIN}ow: FATAL arm.sh\r\n`)).toEqual({ kind: 'failed', why: 'arm.sh' });
    expect(runState(`${MAIN}ow: workload editors FAILED\r\n`)).toEqual({
      kind: 'failed',
      why: 'workload editors FAILED',
    });
  });

  test('tells of a crash kernel that broke, not of the kernel before it', () => {
    const died = `${CRASH}[    0.03] Kernel panic - not syncing: IO-APIC + timer doesn't work!\r\n`;
    expect(runState(died)).toEqual({
      kind: 'crash-kernel-died',
      why: 'the crash kernel broke (Kernel panic)',
    });
  });
});

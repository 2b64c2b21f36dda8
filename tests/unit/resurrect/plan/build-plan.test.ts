// Whole plans of a few processes: what is refused and what follows, and the steps.

import { describe, expect, test } from 'vitest';
import { decodePlan } from '../../../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../../../src/resurrect/abi/encode.js';
import { PROCESS_STATE, VERDICT } from '../../../../src/resurrect/abi/records/processes.js';
import { CRASH_BIT } from '../../../../src/resurrect/abi/records/refusals.js';
import { OP_NAME } from '../../../../src/resurrect/abi/records/steps.js';
import { THREAD_FLAG } from '../../../../src/resurrect/abi/records/threads.js';
import { buildPlan } from '../../../../src/resurrect/plan/build-plan.js';
import type { Snapshot, SnapshotTask } from '../../../../src/snapshot/snapshot.js';
import type { Credentials } from '../../../../src/snapshot/task.js';
import { inCall, processOf, snapshotOf, systemCall, task } from './made-snapshot.js';

const cred = {
  ...{
    address: '0xc',
    uid: 0,
    euid: 0,
    suid: 0,
    fsuid: 0,
    gid: 0,
    egid: 0,
    sgid: 0,
    fsgid: 0,
    securebits: 0,
  },
  ...{
    capInheritable: '0',
    capPermitted: '0',
    capEffective: '0',
    capBounding: '0',
    capAmbient: '0',
    groups: [4],
  },
} as unknown as Credentials;
const fpu = {
  format: 'fxsave',
  inCpu: false,
  xfeatures: null,
  raw: { bytes: 512, base64: Buffer.alloc(512, 0).toString('base64') },
};
const signals = { sighand: '0x5', actions: [], pending: { set: '0', queue: [] }, flags: 0, threads: [] };
const mm = { address: '0xa', taskSize: 2 ** 47 - 4096, defFlags: '0x0', vdso: 0, vmas: [], runs: [] };
const BOUNDS = ['startCode', 'endCode', 'startData', 'endData', 'startBrk', 'brk', 'startStack'];
const space = {
  ...Object.fromEntries([...BOUNDS, 'argStart', 'argEnd', 'envStart', 'envEnd'].map((name) => [name, 0])),
  ...mm,
  ...{ rss: { anon: 0 }, pages: { anon: 0 } },
};

/** A thread with all that it needs. */
function whole(pid: number, rest: Partial<SnapshotTask> = {}): SnapshotTask {
  const thread = { ...inCall(systemCall(34)), fpu };
  return task(pid, { credentials: '0xc', mm: '0xa', thread, ...rest } as unknown as Partial<SnapshotTask>);
}

function build(tasks: readonly SnapshotTask[], rest: object = {}) {
  const pids = tasks.filter(({ leader }) => leader).map(({ pid }) => pid);
  const processes = pids.map((pid) => processOf(pid, { signals } as unknown as object));
  const world = { credentials: [cred], mms: [space], processes, ...rest } as unknown as Partial<Snapshot>;
  const { plan } = buildPlan(snapshotOf([task(1, { ppid: 0 }), ...tasks], world));
  // What a plan says must fit its file.
  return decodePlan(encodePlan(plan), 'made');
}

function verdict(tasks: readonly SnapshotTask[], rest: object = {}) {
  const plan = build(tasks, rest);
  const [process] = plan.process;
  const refused = plan.refusal.map(({ resource }) => resource).filter((resource) => resource !== 'init');
  return { verdict: process?.verdict, bits: process?.crashBits, refused };
}

describe('verdicts', () => {
  test('a process with all that it needs continues', () => {
    expect(verdict([whole(2)])).toEqual({ verdict: VERDICT.continues, bits: 0, refused: [] });
  });

  test('no registers, credentials, signals, memory: lost', () => {
    const thread = { ...inCall(systemCall(34)), fpu, registers: null };
    const without = (rest: object) => verdict([whole(2, rest as Partial<SnapshotTask>)]);
    const { lost } = VERDICT;
    expect(without({ thread })).toEqual({ verdict: lost, bits: CRASH_BIT.registers, refused: ['registers'] });
    expect(without({ credentials: null })).toMatchObject({ verdict: lost, refused: ['credentials'] });
    expect(without({ mm: '0xdead' })).toMatchObject({ verdict: lost, refused: ['memory'] });
    expect(verdict([whole(2)], { processes: [processOf(2)] })).toMatchObject({
      verdict: lost,
      refused: ['signals'],
    });
  });

  test('vector registers in the CPU, a tracer, a parent outside', () => {
    const thread = { ...inCall(systemCall(34)), fpu: { ...fpu, inCpu: true } };
    const needs = VERDICT.needs_crash_procedure;
    const onCpu = verdict([whole(2, { thread } as unknown as Partial<SnapshotTask>)]);
    expect(onCpu).toEqual({ verdict: needs, bits: CRASH_BIT.fpu, refused: ['fpu_stale'] });
    expect(verdict([whole(2, { tracerPid: 9 })])).toMatchObject({ verdict: needs, bits: CRASH_BIT.tracing });
    // Noted: it changes neither verdict nor bits.
    expect(verdict([whole(2, { ppid: 9 })])).toEqual({
      verdict: VERDICT.continues,
      bits: 0,
      refused: ['parent'],
    });
  });
});

test('one thread that is confined keeps its whole process from going on', () => {
  const label = { module: 'landlock', label: null, state: 'confined', onExec: null, previous: null };
  const { attributes } = whole(2);
  const confinement = { ...attributes?.confinement, labels: [label] };
  const thread = whole(2, {
    ...{ tid: 3, leader: false, attributes: { ...attributes, confinement } as SnapshotTask['attributes'] },
  });
  expect(verdict([whole(2), thread])).toEqual({
    verdict: VERDICT.lost,
    bits: CRASH_BIT.security,
    refused: ['security_label'],
  });
});

describe('states', () => {
  test('a zombie has its exit code, and nothing else', () => {
    const dead = { mm: null, thread: null, state: 'Z', exitCode: 0x300 } as const;
    const plan = build([whole(2, dead)], { processes: [processOf(2)] });
    expect(plan.process[0]).toMatchObject({
      ...{
        state: PROCESS_STATE.zombie,
        exitCode: 0x300,
        mm: null,
        sighand: null,
        verdict: VERDICT.continues,
      },
    });
    const ops = plan.step.filter(({ process }) => process === 0).map(({ op }) => OP_NAME[op]);
    expect(ops).toEqual(['make_process', 'set_groups', 'resume']);
  });

  test('killed as a group, its exit code is the group’s', () => {
    const dead = { mm: null, thread: null, state: 'Z', exitCode: 0 } as const;
    const killed = { ...signals, flags: 4, groupExitCode: 9 };
    const processes = [processOf(2, { signals: killed } as unknown as object)];
    expect(build([whole(2, dead)], { processes }).process[0]?.exitCode).toBe(9);
  });

  test('a leader that has ended stands for threads that live', () => {
    const leader = whole(2, { mm: null, thread: null, state: 'Z', credentials: '0xc' });
    const [process] = build([leader, whole(2, { tid: 3, leader: false })]).process;
    expect(process?.state).toBe(PROCESS_STATE.runs);
    expect(process?.mm).toBe(0);
    expect(process?.threads.map(({ tid }) => tid)).toEqual([2, 3]);
    expect(process?.threads.map(({ flags }) => (flags & THREAD_FLAG.ended) !== 0)).toEqual([true, false]);
  });

  test('stopped', () => {
    expect(build([whole(2, { state: 'T' })]).process[0]?.state).toBe(PROCESS_STATE.stopped);
  });
});

test('what is shared is there once', () => {
  const plan = build([whole(2), whole(3)]);
  expect([plan.mm.length, plan.credentials.length, plan.sighand.length]).toEqual([1, 1, 1]);
  expect(plan.process.map((process) => process.mm)).toEqual([0, 0]);
  expect(plan.credentials[0]?.groups).toEqual([{ gid: 4 }]);
});

test('steps: in order of stages, nothing for the lost', () => {
  const plan = build([whole(2), whole(3, { credentials: null })]);
  const stages = plan.step.map(({ stage }) => stage);
  expect(stages).toEqual([...stages].sort((a, b) => a - b));
  expect(plan.step.filter(({ process }) => process === 1)).toEqual([]);
  const of = plan.step.filter(({ process }) => process === 0).map(({ op }) => OP_NAME[op]);
  const early = ['make_process', 'set_groups', 'set_signals', 'set_attributes', 'set_credentials'];
  expect(of).toEqual([...early, 'set_threads', 'resume']);
});

test('the header tells whose plan it is', () => {
  const kernel = {
    ...{
      release: '6.1.0-x',
      buildId: 'ab'.repeat(20),
      kaslrOffset: 0x200000,
      physBase: -4096,
      pagingLevels: 5,
    },
    ...{ identity: 'cd'.repeat(32), ram: [{ start: 4096, end: 8192 }] },
  };
  const { header, ramRange } = build([whole(2)], { kernel });
  expect(Buffer.from(header.release).toString('latin1').replace(/\0+$/, '')).toBe('6.1.0-x');
  expect(Buffer.from(header.buildId).toString('hex')).toBe('ab'.repeat(20));
  expect(Buffer.from(header.identity).toString('hex')).toBe('cd'.repeat(32));
  expect([header.physBase, header.pagingLevels, header.panicMonotonic]).toEqual([-4096n, 5, 3000n]);
  expect(ramRange).toEqual([{ start: 4096, end: 8192 }]);
});

test('who shares what only threads share is refused, and so are descriptors of one thread alone', () => {
  const apart = { mm: '0xb', filesTable: '0xf2', fsStruct: '0xf3' } as const;
  const separate = { ...apart, filesTable: '0xe2', fsStruct: '0xe3', mm: '0xa' } as const;
  const own = (pid: number, sighand: string) =>
    processOf(pid, { signals: { ...signals, sighand } } as object);
  const reasons = (tasks: readonly SnapshotTask[], sighands = ['0x5', '0x6']) => {
    const rest = {
      mms: [space, { ...space, address: '0xb' }],
      processes: [own(2, '0x5'), own(3, sighands[1] ?? '')],
    };
    const refused = build(tasks, rest).refusal.filter(({ resource }) => resource === 'shared_process');
    return refused.map(({ reason, processes }) => `${reason}: ${processes.map(({ process }) => process)}`);
  };
  expect(reasons([whole(2, apart), whole(3, separate)])).toEqual([]);
  expect(reasons([whole(2, apart), whole(3, { ...separate, mm: '0xb' })])).toEqual([
    'processes 2, 3 share their memory: 0,1',
  ]);
  expect(reasons([whole(2, apart), whole(3, { ...separate, fsStruct: '0xf3' })])).toEqual([
    'processes 2, 3 share their directories: 0,1',
  ]);
  expect(reasons([whole(2, apart), whole(3, { ...separate, filesTable: '0xf2' })])).toEqual([
    'processes 2, 3 share their descriptors: 0,1',
  ]);
  expect(reasons([whole(2, apart), whole(3, separate)], ['0x5', '0x5'])).toEqual([
    'processes 2, 3 share their handlers: 0,1',
  ]);
  const thread = { tid: 4, leader: false, filesTable: '0xd2' };
  expect(reasons([whole(2, apart), whole(2, { ...apart, ...thread } as object)])).toEqual([
    'thread 4 of process 2 has descriptors of its own: 0',
  ]);
  expect(reasons([whole(2, apart), whole(3, { ...apart, credentials: null })])).toEqual([]);
});

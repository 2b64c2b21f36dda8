// What `ow plan show` says of a small plan, and the way from a plan to JSON and back.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromJson } from '../../../../src/cli/plan/from-json.js';
import { planJson, shown } from '../../../../src/cli/plan/show.js';
import { KINDS, rowsOf } from '../../../../src/cli/render/plan-objects.js';
import { sockaddrText } from '../../../../src/cli/render/plan-sockaddr.js';
import { styleFor } from '../../../../src/cli/render/style.js';
import { decodePlan } from '../../../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../../../src/resurrect/abi/encode.js';
import { HINT } from '../../../../src/resurrect/abi/records/container.js';
import { samplePlan } from '../../helpers/sample-plan/plan.js';

const style = styleFor('never', {});
const plan = samplePlan();
const text = (flags: Parameters<typeof shown>[1]) => [...shown(plan, flags, style)].join('\n');

describe('show', () => {
  test('has every process, every object of every kind, every refusal and every step', () => {
    const all = text({});
    for (const { pid, name } of plan.process) expect(all).toContain(`${pid} ${name}`);
    for (const kind of KINDS.filter((each) => !['process', 'refusal', 'step'].includes(each))) {
      for (const index of rowsOf(plan, kind).keys()) expect(all).toContain(`${kind}[${index}]`);
    }
    for (const { reason } of plan.refusal) expect(all).toContain(reason);
    const numbers = [...all.matchAll(/^ *(\d+) [a-z_]+/gm)].map(([, number]) => Number(number));
    for (const number of plan.step.keys()) expect(numbers).toContain(number);
  });

  test('has every VMA, every run of pages and every descriptor of a process', () => {
    const [process] = plan.process;
    const lines = text({ pid: [String(process?.pid)] });
    const mm = plan.mm[process?.mm ?? -1];
    expect(mm?.vmas.length).toBeGreaterThan(0);
    for (const { start, pages } of mm?.vmas ?? []) {
      expect(lines).toContain(start.toString(16).padStart(12, '0'));
      for (const run of pages) expect(lines).toContain(`0x${run.address.toString(16)}+${run.pages}`);
    }
    const table = plan.fileTable[process?.threads[0]?.files ?? -1];
    for (const { fd, file } of table?.descriptors ?? [])
      expect(lines).toMatch(new RegExp(`^ +${fd}  file\\[${file}\\]`, 'm'));
    for (const other of plan.process.slice(1)) expect(lines).not.toContain(`process[1] ${other.pid} `);
  });

  test('filters by kind, by one object, to refusals and to steps', () => {
    expect(text({ kind: ['socket:0'] }).split('\n')[0]).toMatch(/^socket\[0\]/);
    expect(text({ kind: ['shared-memory'] })).toMatch(/^sharedMemory\[0\]/);
    expect(text({ refusals: true })).toMatch(new RegExp(`^refusals \\(${plan.refusal.length}\\)`));
    expect(text({ steps: true })).toMatch(/^stage prepare/);
  });

  test('refuses filters that name nothing', () => {
    expect(() => text({ pid: ['99999'] })).toThrow('no process 99999 in the plan');
    expect(() => text({ pid: ['x'] })).toThrow('not a PID');
    expect(() => text({ kind: ['nothing'] })).toThrow('no such kind');
    expect(() => text({ kind: ['socket:999'] })).toThrow('no socket 999 in the plan');
  });
});

describe('JSON and back', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ow-plan-'));
    writeFileSync(join(folder, 'p.owplan'), encodePlan(plan));
    writeFileSync(join(folder, 'p.json'), [...planJson(plan)].join(''));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);

  test('gives the same bytes', () => {
    fromJson(path('p.json'), { output: path('again.owplan'), original: path('p.owplan') });
    expect(readFileSync(path('again.owplan')).equals(readFileSync(path('p.owplan')))).toBe(true);
    fromJson(path('p.json'), { output: path('again.owplan') });
    expect(readFileSync(path('again.owplan')).equals(readFileSync(path('p.owplan')))).toBe(true);
  });

  test('marks what was edited, where it is told of the original', () => {
    const edited = JSON.parse(readFileSync(path('p.json'), 'utf8'));
    edited.process[0].name = 'another';
    writeFileSync(path('e.json'), JSON.stringify(edited));
    fromJson(path('e.json'), { output: path('e.owplan'), original: path('p.owplan') });
    const again = decodePlan(readFileSync(path('e.owplan')), 'e');
    expect([again.process[0]?.name, Number(again.header.hints) & HINT.edited]).toEqual([
      'another',
      HINT.edited,
    ]);
  });

  test('refuses what is no JSON, no plan, and a file that cannot be read', () => {
    writeFileSync(path('bad.json'), '{"schema": ');
    expect(() => fromJson(path('bad.json'), { output: path('x') })).toThrow('is no JSON');
    writeFileSync(path('bad.json'), '{}');
    expect(() => fromJson(path('bad.json'), { output: path('x') })).toThrow('otherworld/plan/1');
    expect(() => fromJson(path('none.json'), { output: path('x') })).toThrow('cannot read');
    expect(() => fromJson(path('p.json'), {})).toThrow('no file to write');
  });
});

test.each([
  ['0200 1b5c 7f000001 0000000000000000', '127.0.0.1:7004'],
  ['0a00 1b5e 00000000 00000000000000000000000000000001 00000000', '[::1]:7006'],
  ['0100 007a6f6f', '@zoo'],
  ['0100 2f72756e2f7800', '/run/x'],
  ['1000 0000 2a000000 00000000', 'netlink port 42'],
  ['0200 1b', '02001b'],
  ['', ''],
])('address %s is %s', (hex, shownAs) => {
  expect(sockaddrText(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')))).toBe(shownAs);
});

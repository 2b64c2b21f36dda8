// A plan as JSON and back: exactly, and with errors that name the place.
import { describe, expect, test } from 'vitest';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { bytesText, textBytes } from '../../src/resurrect/json/bytes.js';
import { planFromJson } from '../../src/resurrect/json/from-json.js';
import { planToJson } from '../../src/resurrect/json/to-json.js';
import { randomPlan } from './random-plan.js';

const SEEDS = Array.from({ length: 100 }, (_, seed) => seed);

/** Through text, as a file has it. */
const document = (seed: number) => JSON.parse(JSON.stringify(planToJson(randomPlan(seed))));

test('encode(fromJson(toJson(decode(bytes)))) gives the same bytes', () => {
  for (const seed of SEEDS) {
    const bytes = Buffer.from(encodePlan(randomPlan(seed)));
    const text = JSON.stringify(planToJson(decodePlan(bytes, 'test')));
    const again = encodePlan(planFromJson(JSON.parse(text), 'test'));
    expect(bytes.equals(again), `seed ${seed}`).toBe(true);
  }
});

test('reads like a description, not like a dump', () => {
  const json = document(1);
  expect(json.schema).toBe('otherworld/plan/1');
  expect(json.header.hints).toContain('0x4000000000000000');
  expect(json.header.kaslrOffset).toMatch(/^0x[0-9a-f]+$/);
  expect(json.header.identity).toMatch(/^[0-9a-f]{64}$/);
  const process = json.process[0];
  expect(process.id).toBe(0);
  expect(['runs', 'stopped', 'zombie']).toContain(process.state);
  const thread = SEEDS.flatMap((seed) => document(seed).process).flatMap((one) => one.threads)[0];
  expect(thread.blocked).toMatch(/^[0-9a-f]{16}$/);
  expect(thread.pending).toBeInstanceOf(Array);
});

test('what is left out at the top is empty; everything else must be there', () => {
  const { schema, header } = document(2);
  expect(planFromJson({ schema, header }, 'x').process).toEqual([]);
});

describe('bytes', () => {
  test.each([
    ['', ''],
    ['letter\n', 'text:letter\n'],
    ['naïve 🦊', 'text:naïve 🦊'],
    ['\ufeffx', 'text:\ufeffx'],
    ['bell\u0007', 'YmVsbAc='],
    ['a\0b', 'YQBi'],
    ['\r\n', 'DQo='],
  ])('%j is %j', (text, expected) => {
    const bytes = Buffer.from(text);
    expect(bytesText(bytes)).toBe(expected);
    expect(bytes.equals(textBytes(expected) as Uint8Array)).toBe(true);
  });

  test('of no UTF-8 are base64', () => {
    expect(bytesText(Uint8Array.of(0xff, 0xfe))).toBe('//4=');
  });

  test.each(['words', 'YQ', 'YR==', 'Y Q=', 'text:\ud800'])('%j is neither', (text) => {
    expect(textBytes(text)).toBeUndefined();
  });
});

describe('an error names its place', () => {
  // biome-ignore lint/suspicious/noExplicitAny: documents are broken here in ways that no type has.
  type Edit = (json: any) => unknown;
  const seed = SEEDS.find((one) => {
    const { process } = randomPlan(one);
    return process[0]?.threads[0]?.registers.length === 1;
  }) as number;

  test.each<[Edit, string]>([
    [
      (json) => (json.schema = 'otherworld/plan/2'),
      'schema: expected "otherworld/plan/1", found "otherworld/plan/2"',
    ],
    [(json) => (json.tasks = []), 'tasks: no such field'],
    [(json) => (json.process = {}), 'process: expected an array, found an object'],
    [(json) => (json.header = null), 'header: expected an object, found null'],
    [(json) => (json.process[0].id = 5), 'process[0].id: expected 0, its place in the array, found 5'],
    [(json) => delete json.process[0].pid, 'process[0].pid: missing'],
    [(json) => (json.process[0].colour = 1), 'process[0].colour: no such field'],
    [
      (json) => (json.process[0].pid = 2 ** 40),
      'process[0].pid: 1099511627776 is not between -2147483648 and 2147483647',
    ],
    [
      (json) => (json.process[0].state = 'asleep'),
      'process[0].state: expected one of runs, stopped, zombie; found "asleep"',
    ],
    [(json) => json.process[0].flags.push('fast'), 'fast'],
    [(json) => (json.process[0].mm = 99), 'process[0].mm: refers to mm[99], but there are'],
    [(json) => (json.process[0].name = 7), 'process[0].name: expected text, found 7'],
    [
      (json) => (json.process[0].name = '\ud83e'),
      'process[0].name: half a surrogate pair that stands for no byte',
    ],
    [
      (json) => (json.process[0].name = '\udcc3\udca9'),
      'process[0].name: half a surrogate pair that stands for no byte',
    ],
    [
      (json) => (json.process[0].threads[0].registers[0].ip = 'here'),
      'process[0].threads[0].registers[0].ip: expected an integer',
    ],
    [
      (json) => (json.process[0].threads[0].registers[0].ip = '0x1ffffffffffffffff'),
      'ip: "0x1ffffffffffffffff" is not between 0 and',
    ],
    [
      (json) => (json.process[0].threads[0].blocked = '0x1'),
      'blocked: expected 16 hexadecimal digits, found "0x1"',
    ],
    [
      (json) => (json.process[0].threads[0].fpu = '?'),
      'fpu: expected base64, or "text:" and text; found "?"',
    ],
    [
      (json) => (json.header.identity = '00'),
      'header.identity: expected 64 hexadecimal digits (32 bytes), found "00"',
    ],
  ])('%s', (edit, message) => {
    const json = document(seed);
    edit(json);
    expect(() => planFromJson(json, 'plan.json')).toThrow(message);
    expect(() => planFromJson(json, 'plan.json')).toThrow(/^plan\.json: /);
  });

  test.each([null, 5, [], 'plan'])('a document that is %j', (json) => {
    expect(() => planFromJson(json, 'plan.json')).toThrow('plan.json: expected an object');
  });
});

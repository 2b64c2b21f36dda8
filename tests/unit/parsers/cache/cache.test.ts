import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../../src/base/fault.js';
import { AnswerStore } from '../../../../src/parsers/cache/answer-store.js';
import { Answers } from '../../../../src/parsers/cache/answers.js';
import { CachedTypes } from '../../../../src/parsers/cache/cached-types.js';
import { PlaceStore } from '../../../../src/parsers/cache/place-store.js';
import type { Kernel } from '../../../../src/parsers/kernel/kernel.js';
import { findKernel } from '../../../../src/parsers/kernel/locate-layout.js';
import { openKernel } from '../../../../src/parsers/kernel/open-kernel.js';
import { madeMachine } from '../../helpers/made-machine.js';
import type { SparseMemory } from '../../helpers/sparse-memory.js';
import { SyntheticTypes } from '../../helpers/synthetic-types.js';

const FACTS = {
  buildId: 'ab12cd34',
  banner: 'Linux version 1',
  head: 'Linux',
  textFromHead: -4096,
  symbolCount: 3,
};
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'answers-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function opened(memory: SparseMemory): Kernel {
  return openKernel(memory.memory(), { cacheDirectory: directory });
}

const files = () => readdirSync(directory).map((name) => join(directory, name));

/** Asks something, keeps it, and gives the only file. */
function firstRun(): string {
  const kernel = opened(madeMachine().memory);
  kernel.symbols.address('init_task');
  kernel.symbols.address('no_such_symbol');
  kernel.symbols.nearest(kernel.symbol('read_symbol_7'));
  kernel.remember();
  expect(files()).toHaveLength(1);
  return files()[0] as string;
}

describe('a later run', () => {
  test('finds the kernel and answers without kallsyms', () => {
    firstRun();
    const { memory, at, symbols } = madeMachine({ kaslr: 0x400_0000n, text: 48 << 20 });
    memory.hole(at.kallsyms, 256 << 10);
    const kernel = opened(memory);
    expect(kernel.location.evidence[0]).toContain('recognised');
    expect(kernel.symbols.address('init_task')).toBe(
      symbols.find(({ name }) => name === 'init_task')?.address,
    );
    expect(kernel.symbols.address('no_such_symbol')).toBeUndefined();
    const seventh = symbols.find(({ name }) => name === 'read_symbol_7')?.address as never;
    expect(kernel.symbols.nearest(seventh)?.name).toBe('read_symbol_7');
    expect(kernel.symbols.origin).toContain('cached');
  });

  test('asks the tables for what is new; damaged ones are a fault, and nothing is learned from them', () => {
    const path = firstRun();
    const before = readFileSync(path, 'utf8');
    const { memory, at } = madeMachine();
    memory.hole(at.kallsyms, 256 << 10);
    const kernel = opened(memory);
    expect(() => kernel.symbols.address('read_symbol_9')).toThrow(Fault);
    kernel.remember();
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(opened(madeMachine().memory).symbols.address('read_symbol_9')).toBeDefined();
  });

  test('is not taken in by another build that begins alike', () => {
    firstRun();
    const { memory } = madeMachine({ buildId: 'ff'.repeat(20) });
    const kernel = opened(memory);
    expect(kernel.location.evidence[0]).toContain('kallsyms');
    kernel.remember();
    expect(files()).toHaveLength(2);
  });

  test('writes only when it has learned something', () => {
    const path = firstRun();
    const { mtimeNs } = statSync(path, { bigint: true });
    const kernel = opened(madeMachine().memory);
    kernel.symbols.address('init_task');
    kernel.remember();
    expect(statSync(path, { bigint: true }).mtimeNs).toBe(mtimeNs);
    kernel.symbols.address('read_symbol_1');
    kernel.remember();
    expect(readFileSync(path, 'utf8')).toContain('read_symbol_1');
  });

  test('without a cache reads and keeps nothing', () => {
    firstRun();
    const kernel = openKernel(madeMachine().memory.memory(), { noCache: true });
    expect(kernel.location.evidence[0]).toContain('kallsyms');
    kernel.remember();
    expect(files()).toHaveLength(1);
  });
});

describe('a damaged file', () => {
  const DAMAGE: [string, (text: string) => string][] = [
    ['empty', () => ''],
    ['cut short', (text) => text.slice(0, text.length / 2)],
    ['not JSON', () => 'hello'],
    ['null', () => 'null'],
    ['another program’s', () => '{"format":"else"}'],
    ['of another version', (text) => text.replace('"version":1', '"version":999')],
    ['with a section missing', (text) => text.replace('"members"', '"numbers"')],
    ['with a value of the wrong kind', (text) => text.replace(/"init_task":-?\d+/, '"init_task":{}')],
    ['without facts', (text) => text.replace('"banner"', '"flag"')],
  ];

  test.each(DAMAGE)('%s is ignored, and replaced', (_, damage) => {
    const path = firstRun();
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    const kernel = opened(madeMachine().memory);
    expect(kernel.location.evidence[0]).toContain('kallsyms');
    kernel.remember();
    expect(opened(madeMachine().memory).location.evidence[0]).toContain('recognised');
  });

  test('a directory that cannot be written ends nothing', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const kernel = openKernel(madeMachine().memory.memory(), { cacheDirectory: join(file, 'below') });
    expect(() => kernel.remember()).not.toThrow();
  });
});

describe('places', () => {
  test('are kept for a dump until it changes', () => {
    const dump = join(directory, 'dump');
    writeFileSync(dump, 'x');
    const places = () => new PlaceStore(directory);
    expect(places().find(dump, 'main')).toBeUndefined();
    places().keep(dump, 'main', 0x1234_0000);
    places().keep(dump, 'crash', 0x2000);
    expect(places().find(dump, 'main')).toBe(0x1234_0000);
    expect(places().find(dump, 'crash')).toBe(0x2000);
    writeFileSync(dump, 'xx');
    expect(places().find(dump, 'main')).toBeUndefined();
  });

  test('in a damaged file, or of what is no file, are none', () => {
    const places = new PlaceStore(directory);
    places.keep(join(directory, 'none'), 'main', 1);
    expect(readdirSync(directory)).toEqual([]);
    writeFileSync(join(directory, 'places.json'), '{"format":');
    expect(places.find(directory, 'main')).toBeUndefined();
  });
});

test('a wrong hint costs nothing but time', () => {
  firstRun();
  const store = new AnswerStore(directory);
  const { memory, at } = madeMachine();
  for (const hint of [at.head, at.head + (2 << 20), 0, 1 << 40]) {
    const { image } = findKernel(memory.memory(), { store, hint });
    expect(image.text + image.slide).toBe(32 << 20);
  }
});

describe('answers', () => {
  test('come back from text as they were', () => {
    const answers = new Answers(FACTS);
    answers.symbols.set('a', { text: -5 }).set('b', { absolute: 0x1fb80 }).set('c', null);
    answers.near.set(64, { name: 'f.cold', offset: 3 }).set(65, null);
    answers.members.set('s.m', { offset: 8, size: 4, bits: null, count: null });
    answers.members.set('s.bit', { offset: 9, size: 4, bits: { offset: 3, width: 1 }, count: null });
    answers.members.set('s.a', { offset: 16, size: 32, bits: null, count: 4 }).set('s.none', null);
    answers.sizes.set('s', 48).set('t', null);
    answers.enumerators.set('E', -1).set('__proto__', 2);
    expect(Answers.fromJson(answers.toJson())).toEqual(answers);
  });

  test('about types are asked once, absence included', () => {
    const types = new SyntheticTypes().struct('task', { pid: 'i32' });
    let opens = 0;
    const cached = new CachedTypes(new Answers(FACTS), () => {
      opens++;
      return types;
    });
    expect(cached.member('task.pid')?.offset).toBe(0);
    expect(cached.member('task.gone')).toBeUndefined();
    types.struct('task', { gone: 'i32', pid: 'i32' });
    expect(cached.member('task.gone')).toBeUndefined();
    expect(cached.member('task.pid')?.offset).toBe(0);
    expect(opens).toBe(1);
  });

  test('of a shared directory are read, not written', () => {
    const own = new AnswerStore(directory);
    const answers = new Answers(FACTS);
    answers.sizes.set('s', 1);
    own.save(answers);
    const reader = new AnswerStore(null, [directory]);
    const [found] = [...reader.matching('Linux')];
    found?.sizes.set('t', 2);
    reader.save(found as Answers);
    expect([...new AnswerStore(directory).ofBuild('ab12cd34')][0]?.sizes.size).toBe(1);
  });
});

// What ships in symbols/ is true: every answer is what the kernel's own tables in the fixtures say.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kva } from '../../src/base/address.js';
import { Answers } from '../../src/parsers/cache/answers.js';
import { openDump } from '../../src/parsers/dump.js';
import { shippedLibrary } from '../../src/parsers/symbols/library.js';
import type { TypeSource } from '../../src/parsers/types/types.js';
import { moduleTypes } from '../../src/parsers/walks/module-types.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const folder = shippedLibrary() as string;
const shipped = readdirSync(folder)
  .filter((name) => /^answers-.*\.json$/.test(name))
  .map((name) => Answers.fromJson(readFileSync(join(folder, name), 'utf8')));

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  const modules = new Map<string, TypeSource | undefined>();
  /** Who tells what a key asks for, and that: a module's has its name and the digest of its types before it. */
  function typesOf(key: string): readonly [TypeSource | undefined, string] {
    const { kernel } = fixture.dump;
    const [module = '', digest, asked] = key.split(' ');
    if (digest === undefined || asked === undefined) return [kernel.types, key];
    if (!modules.has(module)) modules.set(module, moduleTypes(kernel, module));
    return [modules.get(module), asked];
  }

  test('every answer is what kallsyms and BTF say', () => {
    const { kernel } = fixture.dump;
    const answers = shipped.find(({ facts }) => facts.buildId === kernel.location.buildId);
    if (answers === undefined) throw new Error(`nothing ships for ${name}`);
    const text = kernel.symbol('_text');
    const compare = new Comparison();
    for (const [symbol, answer] of answers.symbols) {
      const told = answer === null ? undefined : 'text' in answer ? text + answer.text : answer.absolute;
      compare.same(symbol, told, kernel.symbols.address(symbol));
    }
    for (const [distance, answer] of answers.near) {
      const near = kernel.symbols.nearest((text + distance) as Kva);
      compare.same(
        `near ${distance}`,
        answer && [answer.name, answer.offset],
        near ? [near.name, near.offset] : null,
      );
    }
    for (const [key, member] of answers.members) {
      const [types, path] = typesOf(key);
      compare.same(key, member ?? undefined, types?.member(path));
    }
    for (const [key, size] of answers.sizes) {
      const [types, type] = typesOf(key);
      compare.same(key, size ?? undefined, types?.sizeOf(type));
    }
    for (const [key, value] of answers.enumerators) {
      const [types, each] = typesOf(key);
      compare.same(key, value ?? undefined, types?.enumerator(each));
    }
    compare.finish(500);
  });

  test('a first run with nothing cached recognises the kernel by them', () => {
    const dump = openDump(fixture.dumpPath, { cacheDirectory: '/nonexistent', sharedAnswers: [folder] });
    expect(dump.kernel.location.evidence[0]).toContain('recognised');
    expect(dump.tasks).toEqual(fixture.dump.tasks);
    dump.close();
  });
});

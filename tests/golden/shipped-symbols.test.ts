// What ships in symbols/ is true: every answer is what the kernel's own tables in the fixtures say.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kva } from '../../src/base/address.js';
import { Answers } from '../../src/parsers/cache/answers.js';
import { openDump } from '../../src/parsers/dump.js';
import { shippedLibrary } from '../../src/parsers/symbols/library.js';
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
    for (const [path, member] of answers.members)
      compare.same(path, member ?? undefined, kernel.types.member(path));
    for (const [type, size] of answers.sizes)
      compare.same(type, size ?? undefined, kernel.types.sizeOf(type));
    for (const [each, value] of answers.enumerators) {
      compare.same(each, value ?? undefined, kernel.types.enumerator(each));
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

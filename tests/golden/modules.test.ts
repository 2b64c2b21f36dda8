// Addresses of every module's sections against /sys/module/NAME/sections.

import { afterAll, beforeAll, describe, test } from 'vitest';
import { textOf } from '../../src/lab/truth.js';
import { modulesOf } from '../../src/parsers/parts/system.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  test('sections of every module', () => {
    const compare = new Comparison();
    const { system } = fixture.truth;
    for (const module of modulesOf(fixture.dump)) {
      const folder = `/sys/module/${module.name}/sections/`;
      const theirs = Object.keys(system).filter((path) => path.startsWith(folder));
      compare.same(`${module.name} sections`, module.sections.length, theirs.length);
      for (const section of module.sections) {
        const path = folder + section.name;
        compare.same(path, section.address, textOf(system[path])?.trim());
      }
    }
    compare.finish(300);
  });
});

// Plans of the captures, as the crash kernel's module validates them: against the memory, the release and the identity of the
// machine that died. Needs gcc: skipped where there is none.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lazySnapshot } from '../../src/parsers/build-snapshot.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { PAGE_SOURCE } from '../../src/resurrect/abi/records/memory.js';
import { buildPlan } from '../../src/resurrect/plan/build-plan.js';
import { keptFile, oldPages } from '../abi/deaths.js';
import { canBuild, Validator } from '../abi/validator.js';
import { FIXTURES, openFixture } from './fixtures.js';

const PAGE = 4096;
const hex = (address: number): string => address.toString(16);

describe.skipIf(!canBuild())('the validator in C', () => {
  let validator: Validator;
  beforeAll(() => {
    validator = new Validator();
  }, 300_000);
  afterAll(() => validator?.close());

  describe.each(FIXTURES)('on the plan of %s', (name) => {
    let plan: Plan;
    let file: Uint8Array;
    let machine: string[];
    let pages: { address: number; bytes: Uint8Array }[];
    beforeAll(() => {
      const { dump, truth } = openFixture(name);
      plan = buildPlan(lazySnapshot(dump, { of: 'plan' })).plan;
      pages = plan.identityPage.map(({ address }) => {
        const bytes = new Uint8Array(PAGE);
        dump.kernel.mem.physical.bulk(address, bytes);
        return { address, bytes };
      });
      dump.close();
      file = encodePlan(plan);
      machine = [
        ...['--release', truth.machine.kernel],
        ...['--old', keptFile(name, oldPages(pages))],
        ...plan.ramRange.flatMap(({ start, end }) => ['--ram', `${hex(start)}-${hex(end)}`]),
        ...plan.reservation.flatMap(({ start, end }) => ['--own', `${hex(start)}-${hex(end)}`]),
      ];
    }, 120_000);

    test('accepts it', () => {
      expect(validator.one(file)).toBeNull();
      expect(validator.one(file, ...machine)).toBeNull();
    });

    test('refuses it where this kernel lies in a frame of it', () => {
      const runs = plan.mm.flatMap(({ vmas }) => vmas.flatMap(({ pages }) => pages));
      const run = runs.findLast(({ source }) => source === PAGE_SOURCE.frame);
      const at = ((run?.pfn ?? 0) + (run?.pages ?? 0) - 1) * PAGE;
      expect(validator.one(file, '--own', `${hex(at)}-${hex(at + PAGE)}`)?.rule).toBe('FRAME_OWN');
    });

    test('refuses it on another machine, and after another death', () => {
      expect(pages.length).toBe(3);
      for (const [index, { bytes }] of pages.entries()) {
        const later = pages.map((page, at) =>
          at === index
            ? { ...page, bytes: bytes.map((byte, place) => (place === 100 ? byte ^ 1 : byte)) }
            : page,
        );
        const old = keptFile(`${name}-later`, oldPages(later));
        expect(validator.one(file, '--old', old)?.rule).toBe('IDENTITY_OTHER');
      }
      expect(validator.one(file, '--release', '6.6.6-other')?.rule).toBe('RELEASE_OTHER');
    });
  });
});

// Every operation of the plan's steps has a place in the executor at which it can be made to fail: by the sources. Those of
// objects are fired by objects/faults.test.ts, the others by tests/guest/resurrect.test.ts: those of processes by one victim.
import { describe, expect, test } from 'vitest';
import { OP } from '../../src/resurrect/abi/records/steps.js';
import { firedByVictim, NAMESPACE, objectFaults, processFaults } from './fault-points.js';

/** What the executor does not do: it fails always. */
const NOT_DONE = ['make_namespace', 'call_crash_procedure'];

describe('the fault points of the executor', () => {
  const all = [...objectFaults(), ...processFaults()];

  test('are in every operation that it carries out', () => {
    const operations = new Set(all.map(({ operation }) => operation));
    expect([...operations].sort()).toEqual(
      Object.keys(OP)
        .filter((name) => !NOT_DONE.includes(name))
        .sort(),
    );
  });

  test('have names of their own, which begin with their operations', () => {
    const names = all.map(({ name }) => name).filter((name) => name !== 'make_threads');
    expect(new Set(names).size).toBe(names.length);
    for (const { name, operation } of all.filter((each) => each.name !== 'make_threads'))
      expect(name.split('.')[0]).toBe(operation);
  });

  test('of processes are fired by a victim, each', () => {
    expect([...firedByVictim()].sort()).toEqual(
      [...processFaults().map(({ name }) => name), NAMESPACE].sort(),
    );
  });
});

// Every text of a plan, and where it is said to stand.
import { expect, test } from 'vitest';
import { eachText } from '../../../../src/resurrect/check/texts.js';
import { samplePlan } from '../../helpers/sample-plan/plan.js';

test('a place leads to the text, however deep it lies', () => {
  const plan = samplePlan();
  const found: [place: string, text: string][] = [];
  eachText(plan, (text, where) => found.push([where(), text]));
  const places = found.map(([place]) => place);
  expect(new Set(places).size).toBe(places.length);
  expect(places).toEqual(
    expect.arrayContaining(['file[0].path', 'process[0].threads[0].comm', 'mm[0].vmas[1].name']),
  );
  const at = (place: string): unknown =>
    place.split(/[.[\]]+/).reduce<unknown>((from, key) => (from as Record<string, unknown>)[key], plan);
  expect(found.map(([place]) => at(place))).toEqual(found.map(([, text]) => text));
});

import { expect, test } from 'vitest';
import { labelRefusals } from '../../../../../src/resurrect/plan/tasks/security.js';
import type { SecurityLabel } from '../../../../../src/snapshot/labels.js';
import type { SnapshotTask } from '../../../../../src/snapshot/snapshot.js';

type Attributes = SnapshotTask['attributes'];

const free: SecurityLabel = {
  ...{ module: 'apparmor', label: 'unconfined', state: 'unconfined', onExec: null, previous: null },
};
const holding = (labels: unknown) => ({ confinement: { labels } }) as unknown as Attributes;
const refused = (...labels: SecurityLabel[]) => [...labelRefusals(holding(labels))];

test('who is unconfined is refused nothing; a name is noted', () => {
  expect(refused()).toEqual([]);
  expect(refused(free, { ...free, module: 'landlock', label: null })).toEqual([]);
  expect(refused({ ...free, state: 'named', label: 'brave (unconfined)' })).toEqual([
    ['profile_name', 'AppArmor knew it as brave (unconfined)'],
  ]);
});

test('who is confined, was to be, or whose label is not known does not go on', () => {
  const row = (what: string) => [['security_label', what]];
  const man = '/usr/bin/man (enforce)';
  expect(refused({ ...free, state: 'confined', label: man })).toEqual(row(`AppArmor confined it as ${man}`));
  expect(refused({ ...free, module: 'landlock', label: null, state: 'confined' })).toEqual(
    row('Landlock confined it'),
  );
  expect(refused({ ...free, module: 'novel', label: null, state: 'unknown' })).toEqual(
    row('what novel held it to is not known'),
  );
  expect(refused({ ...free, onExec: man })).toEqual(row(`AppArmor was to make it ${man} at its next exec`));
  expect(refused({ ...free, previous: man })).toEqual(row(`AppArmor had it in a hat, to go back to ${man}`));
});

test.each([
  ['attributes', null],
  ['labels', holding(null)],
  ['labels in the snapshot', holding(undefined)],
])('no %s: it does not go on', (_, attributes) => {
  expect([...labelRefusals(attributes)]).toEqual([
    ['security_label', 'what security modules held it to could not be read'],
  ]);
});

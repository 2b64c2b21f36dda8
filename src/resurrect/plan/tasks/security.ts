// Labels of security modules. The crash kernel has no policy loaded, and what a ruleset keeps from a process only this can
// give up itself: whoever was confined would go on with rights that it never had.

import type { SecurityLabel } from '../../../snapshot/labels.js';
import type { SnapshotTask } from '../../../snapshot/snapshot.js';
import type { ResourceName } from '../resources.js';

/** Names of the modules that write themselves otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  apparmor: 'AppArmor',
  landlock: 'Landlock',
  selinux: 'SELinux',
  smack: 'Smack',
  tomoyo: 'TOMOYO',
};

/** What is refused of a thread for its labels. Labels that are not known are as those that confine. */
export function* labelRefusals(
  attributes: SnapshotTask['attributes'],
): Generator<readonly [ResourceName, string]> {
  // A snapshot of an older program tells none.
  const labels = attributes?.confinement.labels ?? null;
  if (labels === null) yield ['security_label', 'what security modules held it to could not be read'];
  for (const each of labels ?? []) yield* ofModule(each);
}

function* ofModule(label: SecurityLabel): Generator<readonly [ResourceName, string]> {
  const { module, state, onExec, previous } = label;
  const name = NAMES[module] ?? module;
  const said = label.label === null ? '' : ` as ${label.label}`;
  if (state === 'unknown') yield ['security_label', `what ${name} held it to is not known`];
  if (state === 'confined') yield ['security_label', `${name} confined it${said}`];
  if (state === 'named') yield ['profile_name', `${name} knew it${said}`];
  if (onExec !== null) yield ['security_label', `${name} was to make it ${onExec} at its next exec`];
  if (previous !== null) yield ['security_label', `${name} had it in a hat, to go back to ${previous}`];
}

import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readLabels } from '../../../../src/parsers/security/labels.js';
import { MadeSecurity } from './made-security.js';

const [ENFORCE, COMPLAIN, UNCONFINED, USER] = [0, 1, 3, 4];
const NOTHING_TO_COME = { onExec: null, previous: null };
const LANDLOCK = { module: 'landlock', label: null, state: 'unconfined', ...NOTHING_TO_COME };
const usual = { name: 'unconfined', mode: UNCONFINED, usual: true };

/** What AppArmor's label is, as text and state. */
function apparmor(made: MadeSecurity, label: Kva, more: Parameters<MadeSecurity['task']>[1] = {}) {
  const task = made.task(label, more);
  const found = readLabels(made.kernel(), task).find(({ module }) => module === 'apparmor');
  return [found?.label, found?.state];
}

describe('AppArmor', () => {
  test('nothing confines it: what modules with labels say, and no others', () => {
    const made = new MadeSecurity();
    const task = made.task(made.label(usual));
    expect(readLabels(made.kernel(), task)).toEqual([
      LANDLOCK,
      { module: 'apparmor', label: 'unconfined', state: 'unconfined', ...NOTHING_TO_COME },
    ]);
  });

  test.each([
    ['enforce', ENFORCE, 'confined'],
    ['complain', COMPLAIN, 'confined'],
    ['user', USER, 'confined'],
    ['unconfined', UNCONFINED, 'named'],
    ['?', 77, 'confined'],
  ])('a profile in mode %s', (word, mode, state) => {
    const made = new MadeSecurity();
    expect(apparmor(made, made.label({ name: '/usr/bin/man', mode }))).toEqual([
      `/usr/bin/man (${word})`,
      state,
    ]);
  });

  test('a stack: one mode that all have but the unconfined, or mixed', () => {
    const made = new MadeSecurity();
    const one = { name: 'a', mode: ENFORCE };
    expect(apparmor(made, made.label(usual, one))).toEqual(['unconfined//&a (enforce)', 'confined']);
    const two = made.label(one, { name: 'b', mode: COMPLAIN });
    expect(apparmor(made, two)).toEqual(['a//&b (mixed)', 'confined']);
  });

  test('a namespace of policies: its name once, without the root’s', () => {
    const made = new MadeSecurity();
    const ns = made.namespace('root//box');
    const inside = { name: 'a', mode: ENFORCE, ns };
    expect(apparmor(made, made.label(usual, inside, { ...inside, name: 'b' }))).toEqual([
      'unconfined//&:box:a//&b (enforce)',
      'confined',
    ]);
    expect(apparmor(made, made.label({ ...usual, ns }))).toEqual([':box:unconfined', 'named']);
  });

  test('the label that took the place of its own', () => {
    const made = new MadeSecurity();
    const profile = { name: 'a', mode: ENFORCE };
    const gone = made.replaced(made.label(profile), made.label(usual));
    expect(apparmor(made, gone)).toEqual(['unconfined', 'unconfined']);
    const changed = made.replaced(made.label(profile), made.label({ ...profile, mode: COMPLAIN }));
    expect(apparmor(made, changed)).toEqual(['a (complain)', 'confined']);
  });

  test('a label that does not call itself unconfined is not, whatever its profiles say', () => {
    const made = new MadeSecurity();
    const label = made.label(usual);
    made.set(label, 'aa_label.flags', 0);
    expect(apparmor(made, label)).toEqual(['unconfined', 'confined']);
  });

  test('what the next exec and the way out of a hat lead to', () => {
    const made = new MadeSecurity();
    const onexec = made.label({ name: 'a', mode: ENFORCE });
    const previous = made.label({ name: 'b', mode: COMPLAIN });
    const task = made.task(made.label(usual), { onexec, previous });
    expect(readLabels(made.kernel(), task)[1]).toMatchObject({
      ...{ state: 'unconfined', onExec: 'a (enforce)', previous: 'b (complain)' },
    });
  });

  test.each([0, 5000, -1])('a label of %d profiles is none', (size) => {
    const made = new MadeSecurity();
    const label = made.label(usual);
    made.set(label, 'aa_label.size', size);
    expect(apparmor(made, label)).toEqual([null, 'unknown']);
    expect(made.faults.records.map(({ kind }) => kind)).toEqual(['corrupt']);
  });

  test('no label, no security, an offset that cannot be: not known', () => {
    const made = new MadeSecurity();
    expect(apparmor(made, 0 as Kva)).toEqual([null, 'unknown']);
    expect(apparmor(made, made.label(usual), { lack: true })).toEqual([null, 'unknown']);
    const far = new MadeSecurity();
    far.set(far.kernel().symbol('apparmor_blob_sizes'), 'lsm_blob_sizes.lbs_cred', 1 << 20);
    expect(apparmor(far, far.label(usual))).toEqual([null, 'unknown']);
    expect(far.faults.records.map(({ kind }) => kind)).toEqual(['corrupt']);
  });

  test('where only what is to come cannot be read, the state is not known either', () => {
    const made = new MadeSecurity();
    const task = made.task(made.label(usual));
    made.set(task, 'task_struct.security', 0);
    expect(readLabels(made.kernel(), task)[1]).toMatchObject({ label: 'unconfined', state: 'unknown' });
  });
});

test('Landlock: a domain confines', () => {
  const made = new MadeSecurity();
  const domain = made.alloc(8);
  const task = made.task(made.label(usual), { domain });
  expect(readLabels(made.kernel(), task)[0]).toEqual({ ...LANDLOCK, state: 'confined' });
});

describe('modules without a reader of their labels', () => {
  const states = (made: MadeSecurity) =>
    readLabels(made.kernel(), made.task(made.label(usual))).map(({ module, state }) => [module, state]);

  test.each([
    [0, 'unconfined'],
    [1, 'unknown'],
  ])('SELinux and TOMOYO, whose policy is loaded: %d', (loaded, state) => {
    const made = new MadeSecurity('capability,selinux,tomoyo');
    made.symbol('selinux_state', made.make('selinux_state', { enforcing: 0, initialized: loaded }));
    const flag = made.alloc(1);
    made.poke(flag, loaded, 1);
    made.symbol('tomoyo_policy_loaded', flag);
    expect(states(made)).toEqual([
      ['selinux', state],
      ['tomoyo', state],
    ]);
  });

  test('Smack, and one that nobody here has heard of', () => {
    expect(states(new MadeSecurity('capability,smack,novel'))).toEqual([
      ['smack', 'unknown'],
      ['novel', 'unknown'],
    ]);
  });

  test('one whose symbols are missing', () => {
    expect(states(new MadeSecurity('capability,tomoyo'))).toEqual([['tomoyo', 'unknown']]);
  });
});

// Tasks: lists, relatives, and what a task points to.
import { expect } from 'vitest';
import type { Hex } from '../../../src/base/address.js';
import type { Dump } from '../../../src/parsers/dump.js';
import type { Surgeon } from '../../unit/helpers/surgeon.js';
import { type Damage, NOT_CANONICAL, VICTIM, WILD } from './damage.js';

function listNode(on: Surgeon, task: { address: Hex }): bigint {
  return on.at(task.address, 'task_struct.tasks');
}

/** All processes of the guest. */
function sameTasks(broken: Dump, sound: Dump): void {
  const ids = (dump: Dump) => dump.tasks.filter(({ idle }) => !idle).map(({ tid }) => tid);
  expect(ids(broken)).toEqual(ids(sound));
}

export const TASKS: readonly Damage[] = [
  {
    what: 'a task list that comes back to its middle',
    change: (on) => {
      const leaders = on.sound.tasks.filter((task) => task.leader && !task.idle);
      const [early, late] = [leaders[10], leaders[60]] as [{ address: Hex }, { address: Hex }];
      on.word(listNode(on, late), listNode(on, early));
    },
    show: ['ps -T', 'tree', 'overview'],
    faults: ['loop'],
    also: sameTasks,
  },
  {
    what: 'a task that is its own neighbour',
    change: (on) => on.word(listNode(on, on.task('vi')), listNode(on, on.task('vi'))),
    show: ['ps'],
    faults: ['loop', 'corrupt'],
    also: sameTasks,
  },
  ...WILD.map(
    (pointer): Damage => ({
      what: `a task list that leads to 0x${pointer.toString(16)}`,
      change: (on) => on.word(listNode(on, on.task(VICTIM)), pointer),
      show: ['ps'],
      faults: ['bad-pointer', 'not-mapped', 'corrupt', 'hole'],
      also: sameTasks,
    }),
  ),
  {
    what: 'children that are each other’s siblings',
    change: (on) => {
      const parent = on.task('zoo-creds');
      const node = on.at(on.task('zoo-cred-user').address, 'task_struct.sibling');
      on.word(node, node);
      on.set(parent.address, 'task_struct.children.next', node);
    },
    show: ['task zoo-creds', 'tree'],
    faults: ['loop', 'corrupt'],
  },
  {
    what: 'a parent that is its own grandchild',
    change: (on) =>
      on.set(
        on.task('zoo-pidns-1').address,
        'task_struct.real_parent',
        BigInt(on.task('zoo-pidns-2').address),
      ),
    show: ['tree', 'ps'],
    faults: [],
    also: sameTasks,
  },
  ...['signal', 'real_cred', 'thread_pid', 'fs', 'files', 'nsproxy', 'stack'].map(
    (member): Damage => ({
      what: `a wild ${member} pointer`,
      change: (on) => on.set(on.task(VICTIM).address, `task_struct.${member}`, NOT_CANONICAL),
      show: ['ps -T', `task ${VICTIM}`, `files ${VICTIM}`, `mounts ${VICTIM}`, `bt ${VICTIM}`],
      faults: ['bad-pointer', 'not-mapped', 'corrupt'],
    }),
  ),
  {
    what: 'a million supplementary groups',
    change: (on) => {
      const cred = on.task(VICTIM).credentials?.address as Hex;
      on.set(on.get(cred, 'cred.group_info'), 'group_info.ngroups', 0x7fff_ffff);
    },
    show: [`task ${VICTIM}`],
    faults: ['corrupt', 'bound'],
  },
  {
    what: 'names that would drive a terminal',
    change: (on) =>
      on.write(on.at(on.task(VICTIM).address, 'task_struct.comm'), Buffer.from('\x1b[2J\nroot\0')),
    show: ['ps', 'tree', 'overview'],
    faults: [],
  },
];

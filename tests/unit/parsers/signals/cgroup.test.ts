import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { cgroupText, readCgroups } from '../../../../src/parsers/signals/cgroup.js';
import { readCgroupTrees } from '../../../../src/parsers/signals/cgroup-tree.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

type Era = '5.10' | '7.2';
const ONLINE = 2;
const EXITING = 4;

/** Version 2, and a hierarchy of version 1 with the cpu controller and a name. */
class MadeGroups {
  readonly made = new SyntheticKernel();
  readonly unified: Kva;
  readonly old: Kva;

  constructor(private readonly era: Era) {
    const { made } = this;
    made.types
      .struct('list_head', { next: 'ptr', prev: 'ptr' })
      .struct('kernfs_node', { [era === '7.2' ? '__parent' : 'parent']: 'ptr', name: 'ptr', id: 'u64' })
      .struct('css', { sibling: 'list_head', children: 'list_head', flags: 'u32' })
      .struct('cgroup', {
        self: 'css',
        flags: 'u64',
        kn: 'ptr',
        subtree_control: era === '7.2' ? 'u32' : 'u16',
        root: 'ptr',
        dom_cgrp: 'ptr',
      })
      .struct('cgroup_root', {
        subsys_mask: 'u32',
        hierarchy_id: 'i32',
        root_list: 'list_head',
        name: 'char[64]',
        cgrp: 'cgroup',
      })
      .struct('cgroup_subsys', {
        id: 'i32',
        name: 'ptr',
        legacy_name: 'ptr',
        dfl_cftypes: 'ptr',
        implicit_on_dfl: 'bool',
      })
      .struct('css_set', { subsys: 'ptr[2]', dfl_cgrp: 'ptr', cgrp_links: 'list_head' })
      .struct('cgrp_cset_link', { cgrp: 'ptr', cset: 'ptr', cset_link: 'list_head', cgrp_link: 'list_head' })
      .struct('task_struct', { flags: 'u32', cgroups: 'ptr' });
    this.unified = this.root('', 0, 0b11, '');
    this.old = this.root('box', 3, 0b01, '');
    const heads = made.make('list_head');
    const node = made.types.member('cgroup_root.root_list')?.offset ?? 0;
    made.list(heads, [(this.old + node) as Kva, (this.unified + node) as Kva]);
    made.symbol('cgroup_roots', heads);
    made.symbol('cgrp_dfl_root', this.unified);
    made.symbol('cgrp_dfl_visible', made.alloc(8));
    made.poke(made.kernel().symbol('cgrp_dfl_visible'), 1, 1);
    const array = made.alloc(16);
    made.poke(array, made.fold.toBig(this.controller(0, 'cpu', 'cpu', true)));
    made.poke((array + 8) as Kva, made.fold.toBig(this.controller(1, 'io', 'blkio', true)));
    made.symbol('cgroup_subsys', array);
  }

  private string(text: string): Kva {
    const at = this.made.alloc(text.length + 1);
    this.made.text(at, text);
    return at;
  }

  private controller(id: number, name: string, old: string, files: boolean): Kva {
    const [a, b] = [this.string(name), this.string(old)];
    return this.made.make('cgroup_subsys', { id, name: a, legacy_name: b, dfl_cftypes: files ? a : 0 });
  }

  private root(name: string, id: number, mask: number, path: string): Kva {
    const root = this.made.make('cgroup_root', { hierarchy_id: id, subsys_mask: mask, name });
    this.fill(this.groupOf(root), root, path, 0 as Kva);
    return root;
  }

  groupOf(root: Kva): Kva {
    return (root + (this.made.types.member('cgroup_root.cgrp')?.offset ?? 0)) as Kva;
  }

  private fill(group: Kva, root: Kva, name: string, parent: Kva): void {
    const { made } = this;
    const node = made.make('kernfs_node', {
      [this.era === '7.2' ? '__parent' : 'parent']: parent,
      name: this.string(name),
      id: 7,
    });
    made.set(group, 'cgroup.kn', node);
    made.set(group, 'cgroup.root', root);
    made.set(group, 'cgroup.dom_cgrp', group);
    made.set(group, 'cgroup.self.flags', ONLINE);
    made.list((group + 16) as Kva, []);
  }

  child(root: Kva, parent: Kva, name: string, flags = ONLINE): Kva {
    const { made } = this;
    const group = made.make('cgroup');
    const node = made.kernel().mem.ptr(parent, made.types.member('cgroup.kn')?.offset);
    this.fill(group, root, name, node);
    made.set(group, 'cgroup.self.flags', flags);
    made.list((parent + 16) as Kva, [group]);
    return group;
  }

  task(unified: Kva, old: Kva | null, flags = 0): Kva {
    const { made } = this;
    const set = made.make('css_set', { dfl_cgrp: unified });
    const [links, node] = ['css_set.cgrp_links', 'cgrp_cset_link.cgrp_link'].map(
      (path) => made.types.member(path)?.offset ?? 0,
    ) as [number, number];
    const link = old === null ? [] : [made.make('cgrp_cset_link', { cgrp: old, cset: set })];
    made.list(
      (set + links) as Kva,
      link.map((each) => (each + node) as Kva),
    );
    return made.make('task_struct', { cgroups: set, flags });
  }
}

describe.each(['5.10', '7.2'] as const)('control groups of %s', (era) => {
  test('of both versions, the younger hierarchy first', () => {
    const groups = new MadeGroups(era);
    const service = groups.child(groups.unified, groups.groupOf(groups.unified), 'a.service');
    const box = groups.child(groups.old, groups.groupOf(groups.old), 'b');
    const task = groups.task(service, box);
    expect(cgroupText(readCgroups(groups.made.kernel(), task))).toBe('3:cpu,name=box:/b\n0::/a.service\n');
  });

  test('a removed group is said to be; an exiting task is out of those of version 1', () => {
    const groups = new MadeGroups(era);
    const gone = groups.child(groups.unified, groups.groupOf(groups.unified), 'gone', 0);
    const box = groups.child(groups.old, groups.groupOf(groups.old), 'b');
    const task = groups.task(gone, box, EXITING);
    expect(cgroupText(readCgroups(groups.made.kernel(), task))).toBe(
      '3:cpu,name=box:/\n0::/gone (deleted)\n',
    );
  });

  test('as trees with their tasks', () => {
    const groups = new MadeGroups(era);
    const { made } = groups;
    const top = groups.groupOf(groups.unified);
    made.set(top, 'cgroup.subtree_control', 0b10);
    const slice = groups.child(groups.unified, top, 'slice');
    const leaf = groups.child(groups.unified, slice, 'leaf');
    made.set(leaf, 'cgroup.flags', 1 << 3);
    const tasks = [
      { tid: 1, task: groups.task(top, null) },
      { tid: 2, task: groups.task(leaf, null) },
      { tid: 3, task: groups.task(leaf, null) },
    ];
    const kernel = made.kernel();
    const unified = readCgroupTrees(kernel, tasks).find(({ id }) => id === 0);
    expect(unified?.root).toMatchObject({
      path: '/',
      tasks: [1],
      controllers: ['cpu', 'io'],
      subtreeControl: ['io'],
      children: [
        {
          name: 'slice',
          controllers: ['io'],
          tasks: [],
          children: [{ path: '/slice/leaf', controllers: [], frozen: true, tasks: [2, 3], id: 7 }],
        },
      ],
    });
    expect(kernel.faults.count).toBe(0);
  });
});

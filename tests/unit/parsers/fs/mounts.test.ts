import { describe, expect, test } from 'vitest';
import { type Kva, NULL } from '../../../../src/base/address.js';
import { escapeOctal, MAPS_ESCAPED } from '../../../../src/parsers/fs/escape.js';
import { mountinfoLine } from '../../../../src/parsers/fs/mountinfo-text.js';
import { readMounts } from '../../../../src/parsers/fs/mounts.js';
import { type FsEra, MadeFs } from './made-fs.js';

const ERAS: readonly FsEra[] = ['5.10', '7.2'];
const CURSOR = 0x1000_0000;

/** A task whose mount namespace has these mounts, in mountinfo's order, and whose root is `root`. */
function task(fs: MadeFs, mounts: readonly Kva[], root = fs.rootDentry): Kva {
  const namespace = fs.make('mnt_namespace');
  for (const mount of mounts) fs.set(mount, 'mount.mnt_ns', namespace);
  if (fs.era === '7.2') degenerateTree(fs, namespace, mounts);
  else {
    const head = (namespace + fs.offset('mnt_namespace.list')) as Kva;
    fs.list(
      head,
      mounts.map((mount) => (mount + fs.offset('mount.mnt_list')) as Kva),
    );
  }
  const made = fs.make('fs_struct', { 'root.mnt': fs.vfs(fs.rootMount), 'root.dentry': root });
  return fs.make('task_struct', { fs: made, nsproxy: fs.make('nsproxy', { mnt_ns: namespace }) });
}

/** All right children: in order, if not balanced. */
function degenerateTree(fs: MadeFs, namespace: Kva, mounts: readonly Kva[]): void {
  const nodes = mounts.map((mount) => (mount + fs.offset('mount.mnt_node')) as Kva);
  fs.set(namespace, 'mnt_namespace.mounts.rb_node', nodes[0] ?? NULL);
  for (const [i, node] of nodes.entries()) fs.set(node, 'rb_node.rb_right', nodes[i + 1] ?? NULL);
}

function share(fs: MadeFs, mount: Kva): void {
  if (fs.era === '7.2') fs.set(mount, 'mount.mnt_t_flags', 1);
  else fs.set(mount, 'mount.mnt.mnt_flags', 0x1000);
}

function unbind(fs: MadeFs, mount: Kva): void {
  if (fs.era === '7.2') fs.set(mount, 'mount.mnt_t_flags', 2);
  else fs.set(mount, 'mount.mnt.mnt_flags', 0x2000);
}

describe.each(ERAS)('readMounts, %s', (era) => {
  test('a mount with options, a root of its own and odd names', () => {
    const fs = new MadeFs(era);
    const top = fs.dentry(null, '/');
    const point = fs.dentry(fs.rootDentry, 'with space');
    const mount = fs.mount(40, fs.dentry(top, 'a\\b'), fs.rootMount, point);
    fs.set(mount, 'mount.mnt.mnt_flags', 0x01 | 0x20 | 0x40);
    fs.set(fs.block, 'super_block.s_flags', 0x10);
    const [found] = readMounts(fs.kernel(), task(fs, [mount]));
    expect(found).toMatchObject({ root: '/a\\b', mountPoint: '/with space', superOptionsComplete: true });
    const line = '40 1 254:3 /a\\134b /with\\040space ro,nosuid,relatime - ext4 /dev/vda rw,sync';
    expect(found && mountinfoLine(found)).toBe(line);
  });

  test('out of sight of a changed root', () => {
    const fs = new MadeFs(era);
    const jail = fs.dentry(fs.rootDentry, 'jail');
    const inside = fs.mount(2, fs.dentry(null, '/'), fs.rootMount, fs.dentry(jail, 'proc'));
    const outside = fs.mount(3, fs.dentry(null, '/'), fs.rootMount, fs.dentry(fs.rootDentry, 'sys'));
    const found = readMounts(fs.kernel(), task(fs, [fs.rootMount, inside, outside], jail));
    expect(found.map(({ id, mountPoint }) => `${id} ${mountPoint}`)).toEqual(['2 /proc']);
  });

  test('propagation', () => {
    const fs = new MadeFs(era);
    const at = (id: number, group: number) => {
      const mount = fs.mount(id, fs.dentry(null, '/'), fs.rootMount, fs.dentry(fs.rootDentry, `m${id}`));
      fs.set(mount, 'mount.mnt_group_id', group);
      return mount;
    };
    const [far, hidden, slave, alone] = [at(2, 7), at(3, 8), at(4, 9), at(5, 0)] as const;
    const list = [far, slave, alone];
    for (const mount of [far, slave]) share(fs, mount);
    fs.set(slave, 'mount.mnt_master', hidden);
    fs.set(hidden, 'mount.mnt_master', far);
    unbind(fs, alone);
    const found = readMounts(fs.kernel(), task(fs, list));
    expect(found.map((mount) => mount.optional)).toEqual([
      ['shared:7'],
      ['shared:9', 'master:8', 'propagate_from:7'],
      ['unbindable'],
    ]);
  });

  test('a task past its end has none', () => {
    const fs = new MadeFs(era);
    expect(readMounts(fs.kernel(), fs.make('task_struct'))).toEqual([]);
  });
});

describe('eras', () => {
  test('cursors of readers are no mounts', () => {
    const fs = new MadeFs('5.10');
    const cursor = fs.make('mount', { 'mnt.mnt_flags': CURSOR });
    const found = readMounts(fs.kernel(), task(fs, [cursor, fs.rootMount]));
    expect(found.map(({ id }) => id)).toEqual([1]);
  });

  test('id-mapped mounts', () => {
    const fs = new MadeFs('7.2');
    const mapped = fs.mount(2, fs.dentry(null, '/'), fs.rootMount, fs.dentry(fs.rootDentry, 'm'));
    fs.set(mapped, 'mount.mnt.mnt_idmap', fs.alloc(8));
    const found = readMounts(fs.kernel(), task(fs, [fs.rootMount, mapped]));
    expect(found.map(({ options }) => options)).toEqual(['rw', 'rw,idmapped']);
  });

  test('options of an unknown driver are said to be missing', () => {
    const fs = new MadeFs('7.2');
    const code = fs.alloc(16);
    fs.symbol('future_show_options', code);
    const block = fs.superBlock('futurefs', 99);
    const operations = fs.make('super_operations', { show_options: code });
    fs.set(block, 'super_block.s_op', operations);
    const mount = fs.mount(2, fs.dentry(null, '/'), fs.rootMount, fs.dentry(fs.rootDentry, 'm'), block);
    const [found] = readMounts(fs.kernel(), task(fs, [mount]));
    expect(found).toMatchObject({ fsType: 'futurefs', superOptions: 'rw', superOptionsComplete: false });
  });

  test('a ring of peers that does not close is a fault of the mount', () => {
    const fs = new MadeFs('7.2');
    const slave = fs.mount(2, fs.dentry(null, '/'), fs.rootMount, fs.dentry(fs.rootDentry, 'm'));
    const [a, b] = [fs.mount(3, fs.rootDentry), fs.mount(4, fs.rootDentry)];
    fs.set(slave, 'mount.mnt_master', a);
    fs.set(a, 'mount.mnt_share.next', (b + fs.offset('mount.mnt_share')) as Kva);
    const kernel = fs.kernel();
    const [found] = readMounts(kernel, task(fs, [slave]));
    expect(found).toMatchObject({ id: 2, optional: [] });
    expect(kernel.faults.records[0]?.kind).toBe('loop');
  });
});

test('escapes of /proc text files', () => {
  expect(escapeOctal('a\nb c', MAPS_ESCAPED)).toBe('a\\012b c');
  expect(escapeOctal('plain', MAPS_ESCAPED)).toBe('plain');
});

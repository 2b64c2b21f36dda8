import { describe, expect, test } from 'vitest';
import { userPath } from '../../../../src/parsers/fs/backing-file.js';
import { pathOf } from '../../../../src/parsers/fs/path.js';
import { fsPaths } from '../../../../src/parsers/fs/task-paths.js';
import { treePath } from '../../../../src/parsers/fs/tree-path.js';
import { type FsEra, MadeFs } from './made-fs.js';

describe('treePath', () => {
  test('of a directory that was removed', () => {
    const fs = new MadeFs('7.2');
    const gone = fs.dentry(fs.dentry(fs.rootDentry, 'a'), 'gone');
    fs.unhash(gone);
    expect(treePath(fs.kernel(), gone)).toBe('/a/gone//deleted');
    expect(treePath(fs.kernel(), fs.rootDentry)).toBe('/');
  });

  test('of a namespace', () => {
    const fs = new MadeFs('7.2');
    const inode = fs.inode(4026532152);
    const ops = fs.make('proc_ns_operations', { name: fs.string('net') });
    fs.set(inode, 'inode.i_private', fs.make('ns_common', { ops }));
    const file = fs.dentry(null, '', inode, fs.naming('ns_dname'));
    fs.set(file, 'dentry.d_sb', fs.superBlock('nsfs', 4));
    expect(treePath(fs.kernel(), file)).toBe('net:[4026532152]');
  });

  test.each<[FsEra, string]>([
    ['5.10', 'parent'],
    ['7.2', '__parent'],
  ])('of a control group starts at the top of the hierarchy, %s', (era, parent) => {
    const fs = new MadeFs(era);
    fs.types.struct('kernfs_node', { [parent]: 'ptr', name: 'ptr' });
    const node = (name: string, above: number) =>
      fs.make('kernfs_node', { [parent]: above, name: fs.string(name) });
    const inner = node('session', node('user.slice', node('', 0)));
    const inode = fs.inode(9);
    fs.set(inode, 'inode.i_private', inner);
    const top = fs.dentry(null, '/', inode);
    fs.set(top, 'dentry.d_sb', fs.superBlock('cgroup2', 4));
    expect(treePath(fs.kernel(), top)).toBe('/user.slice/session');
  });
});

describe('userPath', () => {
  test('is that on the overlay for a file of a lower layer', () => {
    const fs = new MadeFs('7.2');
    fs.types.struct('backing_file', { file: 'file', user_path: 'path' });
    const lower = fs.dentry(fs.rootDentry, 'lower');
    const upper = fs.dentry(fs.rootDentry, 'upper');
    const place = { 'file.f_path.mnt': fs.vfs(fs.rootMount), 'file.f_path.dentry': lower };
    const user = { 'user_path.mnt': fs.vfs(fs.rootMount), 'user_path.dentry': upper };
    const backing = fs.make('backing_file', { ...place, ...user, 'file.f_mode': 0x200_0003 });
    const plain = fs.make('backing_file', { ...place, 'file.f_mode': 3 });
    const kernel = fs.kernel();
    expect(pathOf(kernel, userPath(kernel, backing))).toBe('/upper');
    expect(pathOf(kernel, userPath(kernel, plain))).toBe('/lower');
  });
});

describe('fsPaths', () => {
  test('of a process, of a kernel thread with a borrowed mm, of the dead', () => {
    const fs = new MadeFs('7.2');
    const vfs = fs.vfs(fs.rootMount);
    const [root, home] = [fs.rootDentry, fs.dentry(fs.rootDentry, 'home')];
    const places = fs.make('fs_struct', {
      'root.mnt': vfs,
      'root.dentry': root,
      'pwd.mnt': vfs,
      'pwd.dentry': home,
    });
    const mm = fs.make('mm_struct', { exe_file: fs.file(fs.dentry(root, 'sh'), fs.inode(3)) });
    const process = fs.make('task_struct', { fs: places, mm });
    const thread = fs.make('task_struct', { fs: places, mm, flags: 0x20_0000 });
    const dead = fs.make('task_struct');
    const kernel = fs.kernel();
    expect(fsPaths(kernel, process)).toEqual({ exe: '/sh', cwd: '/home', root: '/' });
    expect(fsPaths(kernel, thread)).toEqual({ exe: null, cwd: '/home', root: '/' });
    expect(fsPaths(kernel, dead)).toEqual({ exe: null, cwd: null, root: null });
  });
});

import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { linkOf, pathOf } from '../../../../src/parsers/fs/path.js';
import { MadeFs } from './made-fs.js';

const EXPECTED = [
  ['pipefs_dname', '', 'pipe:[77]'],
  ['sockfs_dname', '', 'socket:[77]'],
  ['anon_inodefs_dname', '[eventfd]', 'anon_inode:[eventfd]'],
  ['pidfs_dname', '', 'anon_inode:[pidfd]'],
  ['simple_dname', 'memfd:work', '/memfd:work (deleted)'],
  ['simple_dname', 'dev/zero', '/dev/zero (deleted)'],
  ['simple_dname', 'SYSV0000162e', '/SYSV0000162e (deleted)'],
  ['simple_dname', '[aio]', '/[aio] (deleted)'],
] as const;

describe('names that file systems make up', () => {
  test.each(EXPECTED)('%s of %j is %s', (maker, name, link) => {
    const fs = new MadeFs('7.2');
    const made = fs.dentry(null, name, fs.inode(77), fs.naming(maker));
    const found = linkOf(fs.kernel(), fs.path(fs.rootMount, made));
    expect(found).toEqual({ text: link, deleted: link.endsWith('(deleted)') });
  });

  test('a namespace file is named by its operations', () => {
    const fs = new MadeFs('5.10');
    const ops = fs.make('proc_ns_operations', { name: fs.string('mnt') });
    const inode = fs.inode(4026531840);
    fs.set(inode, 'inode.i_private', fs.make('ns_common', { ops }));
    const made = fs.dentry(null, '', inode, fs.naming('ns_dname'));
    expect(pathOf(fs.kernel(), fs.path(fs.rootMount, made))).toBe('mnt:[4026531840]');
  });

  test('but by its mount point where it is mounted', () => {
    const fs = new MadeFs('7.2');
    const made = fs.dentry(null, '', fs.inode(4026531840), fs.naming('ns_dname'));
    const mount = fs.mount(5, made, fs.rootMount, fs.dentry(fs.rootDentry, 'netns'));
    expect(pathOf(fs.kernel(), fs.path(mount, made))).toBe('/netns');
  });

  test.each([
    ['named', '/dmabuf:named'],
    [null, '/dmabuf:'],
  ])('a DMA buffer named %s', (name, link) => {
    const fs = new MadeFs('7.2');
    const made = fs.dentry(null, 'dmabuf', fs.inode(1), fs.naming('dmabuffs_dname'));
    fs.set(made, 'dentry.d_fsdata', fs.make('dma_buf', { name: name === null ? 0 : fs.string(name) }));
    expect(pathOf(fs.kernel(), fs.path(fs.rootMount, made))).toBe(link);
  });

  test('an unknown maker is a fault that names it', () => {
    const fs = new MadeFs('7.2');
    const made = fs.dentry(null, 'x', 0 as Kva, fs.naming('future_dname'));
    const kernel = fs.kernel();
    expect(pathOf(kernel, fs.path(fs.rootMount, made))).toBe('?');
    expect(kernel.faults.records[0]?.detail).toContain('future_dname');
  });
});

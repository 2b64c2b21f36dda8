import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { linkOf, pathOf, reach } from '../../../../src/parsers/fs/path.js';
import { type FsEra, MadeFs } from './made-fs.js';

const ERAS: readonly FsEra[] = ['5.10', '7.2'];
const LONG = 'a-name-that-does-not-fit-into-the-forty-bytes-of-a-dentry';

describe.each(ERAS)('pathOf, %s', (era) => {
  test('names up to the root, short and long', () => {
    const fs = new MadeFs(era);
    const deep = fs.dentry(fs.dentry(fs.rootDentry, 'var'), LONG);
    expect(pathOf(fs.kernel(), fs.path(fs.rootMount, deep))).toBe(`/var/${LONG}`);
    expect(pathOf(fs.kernel(), fs.path(fs.rootMount, fs.rootDentry))).toBe('/');
  });

  test('crosses mounts, bind mounts from the middle of a tree too', () => {
    const fs = new MadeFs(era);
    const point = fs.dentry(fs.dentry(fs.rootDentry, 'mnt'), 'a');
    const top = fs.dentry(null, '/');
    const inner = fs.dentry(fs.dentry(top, 'x'), 'y');
    const whole = fs.mount(2, top, fs.rootMount, point);
    const bind = fs.mount(3, inner, fs.rootMount, fs.dentry(fs.rootDentry, 'bind'));
    const file = fs.dentry(inner, 'file');
    const kernel = fs.kernel();
    expect(pathOf(kernel, fs.path(whole, file))).toBe('/mnt/a/x/y/file');
    expect(pathOf(kernel, fs.path(bind, file))).toBe('/bind/file');
    expect(pathOf(kernel, fs.path(bind, inner))).toBe('/bind');
  });

  test('a path outside of the mounted part of a tree is /', () => {
    const fs = new MadeFs(era);
    const top = fs.dentry(null, '/');
    const bind = fs.mount(2, fs.dentry(top, 'in'), fs.rootMount, fs.dentry(fs.rootDentry, 'b'));
    const outside = fs.dentry(top, 'out');
    expect(reach(fs.kernel(), fs.path(bind, outside), fs.path(fs.rootMount, fs.rootDentry))).toEqual({
      text: '/',
      end: 'escaped',
    });
  });

  test('a tree that was unmounted lazily, or of another namespace, starts at its own top', () => {
    const fs = new MadeFs(era);
    const top = fs.dentry(null, '/');
    const gone = fs.mount(9, top);
    const path = fs.path(gone, fs.dentry(top, 'left'));
    expect(pathOf(fs.kernel(), path)).toBe('/left');
    expect(reach(fs.kernel(), path, fs.path(fs.rootMount, fs.rootDentry)).end).toBe('top');
  });

  test("the reader's root counts, whatever the process's is", () => {
    const fs = new MadeFs(era);
    const jail = fs.dentry(fs.rootDentry, 'jail');
    const file = fs.path(fs.rootMount, fs.dentry(jail, 'etc'));
    const kernel = fs.kernel();
    expect(pathOf(kernel, file)).toBe('/jail/etc');
    expect(pathOf(kernel, file, fs.path(fs.rootMount, jail))).toBe('/etc');
  });

  test('unhashed dentries are deleted, roots are not', () => {
    const fs = new MadeFs(era);
    const gone = fs.dentry(fs.rootDentry, 'gone');
    fs.unhash(gone);
    const kernel = fs.kernel();
    expect(linkOf(kernel, fs.path(fs.rootMount, gone))).toEqual({ text: '/gone (deleted)', deleted: true });
    expect(linkOf(kernel, fs.path(fs.rootMount, fs.rootDentry))).toEqual({ text: '/', deleted: false });
  });
});

describe('pathOf of what is broken', () => {
  test('a cycle of parents costs the path, not the run', () => {
    const fs = new MadeFs('7.2');
    const a = fs.dentry(fs.rootDentry, 'a');
    const b = fs.dentry(a, 'b');
    fs.set(a, 'dentry.d_parent', b);
    const sound = fs.dentry(fs.rootDentry, 'sound');
    const kernel = fs.kernel();
    expect(pathOf(kernel, fs.path(fs.rootMount, b))).toBe('?/b');
    expect(kernel.faults.records.map((fault) => fault.kind)).toEqual(['loop']);
    expect(pathOf(kernel, fs.path(fs.rootMount, sound))).toBe('/sound');
  });

  test('a cycle of mounts', () => {
    const fs = new MadeFs('7.2');
    const top = fs.dentry(null, '/');
    const one = fs.mount(2, top);
    const two = fs.mount(3, top, one, top);
    fs.set(one, 'mount.mnt_parent', two);
    const kernel = fs.kernel();
    expect(pathOf(kernel, fs.path(one, fs.dentry(top, 'x')))).toMatch(/^\?/);
    expect(kernel.faults.records[0]?.kind).toBe('loop');
  });

  test('a parent that cannot be read leaves the names below it', () => {
    const fs = new MadeFs('7.2');
    const lost = fs.alloc(4096, 4096);
    const child = fs.dentry(lost, 'child');
    fs.hole(lost);
    const kernel = fs.kernel();
    expect(pathOf(kernel, fs.path(fs.rootMount, fs.dentry(child, 'leaf')))).toBe('?/child/leaf');
    expect(kernel.faults.records[0]).toMatchObject({ kind: 'hole', path: ['path', 'dentry'] });
  });

  test('a name of impossible length', () => {
    const fs = new MadeFs('7.2');
    const odd = fs.dentry(fs.rootDentry, 'odd');
    fs.set(odd, 'dentry.d_name.len', 70_000);
    const kernel = fs.kernel();
    expect(pathOf(kernel, fs.path(fs.rootMount, fs.dentry(odd, 'leaf')))).toBe('/?/leaf');
    expect(kernel.faults.records[0]?.kind).toBe('corrupt');
  });

  test('NULL pointers', () => {
    const fs = new MadeFs('7.2');
    const kernel = fs.kernel();
    expect(pathOf(kernel, { mount: 0 as Kva, dentry: 0 as Kva })).toBe('?');
    expect(kernel.faults.count).toBe(1);
  });
});

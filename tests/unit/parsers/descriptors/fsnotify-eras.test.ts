import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { markFlags, markObject } from '../../../../src/parsers/descriptors/fsnotify-eras.js';
import { MadeDescriptors } from './made-descriptors.js';

function made(era: '5.10' | '7.2') {
  const kernel = new MadeDescriptors();
  kernel.types
    .struct('inode', { i_mode: 'u16', i_fsnotify_marks: 'ptr' })
    .struct('vfsmount', { mnt_root: 'ptr' })
    .struct('mount', { mnt_hash: 'hlist_node', mnt: 'vfsmount', mnt_fsnotify_marks: 'ptr' })
    .struct('super_block', { s_dev: 'u32', [era === '7.2' ? 's_fsnotify_info' : 's_fsnotify_marks']: 'ptr' })
    .struct('fsnotify_mark', { flags: 'u32' })
    .struct('fsnotify_group', era === '7.2' ? { flags: 'i32' } : { q_len: 'u32' })
    .struct('fsnotify_mark_connector', { lock: 'u32', type: 'u8', obj: 'ptr' })
    .enum({ FSNOTIFY_OBJ_TYPE_INODE: 0, FSNOTIFY_OBJ_TYPE_VFSMOUNT: 1, FSNOTIFY_OBJ_TYPE_SB: 2 });
  return kernel;
}

describe('the object of a watch', () => {
  test('was where it points back from', () => {
    const kernel = made('5.10');
    const [inode, mount] = [kernel.make('inode'), kernel.make('mount')];
    const connector = (type: number, obj: number) => kernel.make('fsnotify_mark_connector', { type, obj });
    const [ofInode, ofMount] = [connector(0, inode + 8), connector(1, mount + 24)];
    expect(markObject(kernel.kernel(), ofInode)).toEqual({ target: 'inode', object: inode });
    expect(markObject(kernel.kernel(), ofMount)).toEqual({ target: 'mount', object: mount });
  });

  test('is itself, but of a mount what others see of it', () => {
    const kernel = made('7.2');
    const [inode, mount] = [kernel.make('inode'), kernel.make('mount')];
    const connector = (type: number, obj: number) => kernel.make('fsnotify_mark_connector', { type, obj });
    const [ofInode, ofMount, strange] = [connector(0, inode), connector(1, mount + 16), connector(9, inode)];
    expect(markObject(kernel.kernel(), ofInode)).toEqual({ target: 'inode', object: inode });
    expect(markObject(kernel.kernel(), ofMount)).toEqual({ target: 'mount', object: mount });
    expect(markObject(kernel.kernel(), strange as Kva).target).toBe('unknown');
  });
});

test('flags of a watch, before and after they were told apart', () => {
  const [before, after] = [made('5.10').kernel().trait(markFlags), made('7.2').kernel().trait(markFlags)];
  expect(before(7)).toEqual({ inotify: 0, fanotify: 0x40 });
  expect(after(0x33)).toEqual({ inotify: 0x8400_0000, fanotify: 0 });
  expect(after(0x703)).toEqual({ inotify: 0, fanotify: 0x640 });
});

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { makeCpio } from '../../../src/lab/cpio.js';
import { moduleClosure } from '../../../src/lab/initramfs.js';

const DEP = `kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio_ring.ko kernel/drivers/virtio/virtio.ko
kernel/drivers/virtio/virtio_ring.ko: kernel/drivers/virtio/virtio.ko
kernel/drivers/virtio/virtio.ko:
kernel/fs/ext4/ext4.ko.xz: kernel/lib/crc-16.ko.xz
kernel/lib/crc-16.ko.xz:
`;

test('modules come after what they need, each once; missing ones are built in', () => {
  expect(moduleClosure(DEP, ['virtio_blk', 'no_such', 'ext4', 'virtio', 'crc_16'])).toEqual([
    'kernel/drivers/virtio/virtio.ko',
    'kernel/drivers/virtio/virtio_ring.ko',
    'kernel/drivers/block/virtio_blk.ko',
    'kernel/lib/crc-16.ko.xz',
    'kernel/fs/ext4/ext4.ko.xz',
  ]);
});

test('a cpio archive is in the "newc" layout, on 4-byte boundaries', () => {
  const archive = makeCpio([
    { name: 'dir', mode: 0o040755 },
    { name: 'dir/file', mode: 0o100644, data: Buffer.from('hello') },
  ]);
  expect(archive.length % 4).toBe(0);
  expect(archive.toString('latin1', 0, 6)).toBe('070701');
  expect(archive.includes('dir/file\0')).toBe(true);
  expect(archive.indexOf('hello') % 4).toBe(0);
  expect(archive.includes('TRAILER!!!\0')).toBe(true);
});

const hasCpio = (() => {
  try {
    execFileSync('cpio', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

test.runIf(hasCpio)('cpio reads it back', () => {
  const archive = makeCpio([{ name: 'init', mode: 0o100755, data: Buffer.from('#!/bin/sh\n') }]);
  expect(execFileSync('cpio', ['-it', '--quiet'], { input: archive }).toString()).toBe('init\n');
});

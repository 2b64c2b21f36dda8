import { expect, test } from 'vitest';
import { fanotifyInfo } from '../../../../src/parsers/descriptors/fsnotify-text.js';
import type { FsnotifyDetail, FsnotifyWatch } from '../../../../src/snapshot/descriptor.js';

const NOWHERE: FsnotifyWatch = {
  target: 'inode',
  wd: null,
  inode: null,
  device: null,
  mountId: null,
  mask: 8,
  ignored: 0,
  flags: 0,
  handle: null,
};

function lines(...watches: readonly FsnotifyWatch[]): string[] {
  const group: Omit<FsnotifyDetail, 'watches'> = {
    kind: 'fanotify',
    address: '0x1',
    queued: 0,
    events: [],
    flags: 2,
    eventFlags: 0x8000,
  };
  return [...fanotifyInfo({ ...group, watches })];
}

test('each mark by what it is on: hexadecimal, but for the number of a mount namespace', () => {
  const found = lines(
    { ...NOWHERE, target: 'mount', mountId: 28, flags: 0x40, mask: 0, ignored: 2 },
    { ...NOWHERE, target: 'filesystem', device: 0x18 },
    { ...NOWHERE, target: 'mount namespace', inode: 4026531832, mask: 0x100_0000 },
  );
  expect(found).toEqual([
    'fanotify flags:2 event-flags:8000',
    'fanotify mnt_id:1c mflags:40 mask:0 ignored_mask:2',
    'fanotify sdev:18 mflags:0 mask:8 ignored_mask:0',
    'fanotify mnt_ns:4026531832 mflags:0 mask:1000000 ignored_mask:0',
  ]);
});

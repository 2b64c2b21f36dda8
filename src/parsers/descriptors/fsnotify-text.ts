// The lines of inotify and fanotify groups in /proc/PID/fdinfo. Mirrors fs/notify/fdinfo.c.

import type { FileHandle, FsnotifyDetail, FsnotifyWatch } from '../../snapshot/descriptor.js';

export function* inotifyInfo({ watches }: FsnotifyDetail): Generator<string> {
  for (const { wd, inode, device, mask, handle } of watches)
    yield `inotify wd:${hex(wd)} ino:${hex(inode)} sdev:${hex(device)} mask:${hex(mask)} ignored_mask:0 ${handleText(handle)}`;
}

export function* fanotifyInfo({ flags, eventFlags, watches }: FsnotifyDetail): Generator<string> {
  yield `fanotify flags:${hex(flags)} event-flags:${hex(eventFlags)}`;
  for (const watch of watches) {
    const { mask, ignored, handle } = watch;
    const masks = `mflags:${hex(watch.flags)} mask:${hex(mask)} ignored_mask:${hex(ignored)}`;
    if (watch.target === 'inode')
      yield `fanotify ino:${hex(watch.inode)} sdev:${hex(watch.device)} ${masks} ${handleText(handle)}`;
    else yield `fanotify ${elsewhere(watch)} ${masks}`;
  }
}

function elsewhere({ target, mountId, device, inode }: FsnotifyWatch): string {
  if (target === 'mount namespace') return `mnt_ns:${inode}`;
  return target === 'mount' ? `mnt_id:${hex(mountId)}` : `sdev:${hex(device)}`;
}

function handleText(handle: FileHandle | null): string {
  if (handle === null) return '';
  return `fhandle-bytes:${hex(handle.hex.length / 2)} fhandle-type:${hex(handle.type)} f_handle:${handle.hex}`;
}

function hex(value: number | string | null): string {
  return BigInt(value ?? 0).toString(16);
}

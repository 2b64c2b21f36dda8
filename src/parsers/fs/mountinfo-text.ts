// A mount as its line of /proc/PID/mountinfo. Mirrors show_mountinfo of fs/proc_namespace.c.

import type { Mount } from '../../snapshot/files.js';
import { escapeOctal, MOUNT_ESCAPED } from './escape.js';

export function mountinfoLine(mount: Mount): string {
  const { id, parentId, devMajor, devMinor } = mount;
  const path = (text: string) => escapeOctal(text, MOUNT_ESCAPED);
  const name = (text: string) => escapeOctal(text, mount.hashEscaped ? `${MOUNT_ESCAPED}#` : MOUNT_ESCAPED);
  const where = `${devMajor}:${devMinor} ${path(mount.root)} ${path(mount.mountPoint)}`;
  const own = [`${id} ${parentId} ${where} ${mount.options}`, ...mount.optional].join(' ');
  return `${own} - ${name(mount.fsType)} ${name(mount.source)} ${mount.superOptions}`;
}

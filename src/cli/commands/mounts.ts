// `mounts`: what /proc/PID/mountinfo says.

import { mountinfoLine } from '../../parsers/fs/mountinfo-text.js';
import { mountsOf } from '../../parsers/parts/mounts.js';
import type { SectionRun } from '../section.js';
import { oneTask } from '../select.js';

export const mounts: SectionRun = ({ dump, args }) => {
  const found = mountsOf(dump, oneTask(dump, args[0] ?? '1'));
  return {
    schema: 'mounts',
    data: () => found,
    text: (style) => found.map((mount) => style.exact(mountinfoLine(mount))),
  };
};

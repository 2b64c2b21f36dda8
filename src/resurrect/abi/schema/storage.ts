// What must be on disk, or back in memory, before files are opened: dirty pages of the page cache, trees of tmpfs.

import type { Group } from './vocabulary.js';

export const STORAGE: Group = {
  name: 'storage',
  doc: 'Pages to write back, and file systems that were in memory alone.',
  enums: [
    {
      name: 'entry_kind',
      kind: 'choice',
      doc: 'Of a directory entry on tmpfs.',
      values: [
        { name: 'directory', value: 1, doc: 'A directory.' },
        { name: 'regular', value: 2, doc: 'A file.', target: 'shared_memory' },
        { name: 'symlink', value: 3, doc: 'A symbolic link.' },
        { name: 'fifo', value: 4, doc: 'A named pipe.' },
        { name: 'socket', value: 5, doc: "A unix socket's name." },
        { name: 'char', value: 6, doc: 'A character device.' },
        { name: 'block', value: 7, doc: 'A block device.' },
      ],
    },
  ],
  records: [
    {
      name: 'writeback',
      section: 140,
      role: 'object',
      doc: 'Dirty pages of a file on a file system that survives, in the order in which they are to be written.',
      fields: [
        { name: 'device', type: 'u32', show: 'hex', doc: 'dev_t of the file system.' },
        { name: 'mode', type: 'u32', show: 'octal', doc: 'st_mode, type included.' },
        { name: 'uid', type: 'u32', doc: 'Owner: for a file that the disk does not have yet.' },
        { name: 'gid', type: 'u32', doc: 'Group, likewise.' },
        { name: 'inode', type: 'u64', doc: 'Inode number.' },
        { name: 'bytes', type: 'u53', doc: 'Size of the file: pages behind it are cut off.' },
        { name: 'file_system', type: 'text', doc: 'Its type.' },
        { name: 'path', type: 'text', doc: 'As the first process sees it; empty where no name is known.' },
        { name: 'pages', type: { children: 'page_run' }, doc: 'By offset.' },
        {
          name: 'times',
          type: { children: 'file_times' },
          doc: 'One, or none where they are not known: the processes wrote then, not when it is written back.',
        },
      ],
    },
    {
      name: 'mount',
      section: 141,
      role: 'object',
      doc: 'A tmpfs that a process of the plan uses.',
      fields: [
        { name: 'device', type: 'u32', show: 'hex', doc: 'dev_t that it had.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
        { name: 'path', type: 'text', doc: 'Where it was mounted, as the first process sees it.' },
        { name: 'options', type: 'text', doc: 'Of its superblock, as mountinfo gives them.' },
        { name: 'entries', type: { children: 'tmpfs_entry' }, doc: 'Parents before what is in them.' },
      ],
    },
    {
      name: 'tmpfs_entry',
      section: 142,
      role: 'child',
      doc: 'A name on a tmpfs; two with one inode number are hard links.',
      fields: [
        { name: 'kind', type: 'u32', enum: 'entry_kind', doc: 'What it is.' },
        {
          name: 'memory',
          type: { refBy: 'kind' },
          optional: true,
          doc: 'Contents of a file; none of an empty one, and of other kinds.',
        },
        { name: 'inode', type: 'u64', doc: 'Inode number.' },
        { name: 'mode', type: 'u32', show: 'octal', doc: 'Permission bits.' },
        { name: 'uid', type: 'u32', doc: 'Owner.' },
        { name: 'gid', type: 'u32', doc: 'Group.' },
        { name: 'rdev', type: 'u32', show: 'hex', doc: 'Of a device: dev_t.' },
        { name: 'path', type: 'text', doc: 'From the root of the file system.' },
        { name: 'target', type: 'text', doc: 'Of a symbolic link.' },
        {
          name: 'times',
          type: { children: 'file_times' },
          doc: 'One, or none where they are not known.',
        },
      ],
    },
  ],
};

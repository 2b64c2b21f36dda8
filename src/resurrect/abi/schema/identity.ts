// Who a thread is and what it sees of the world: struct cred, fs_struct, nsproxy.

import type { Group } from './vocabulary.js';

export const IDENTITY: Group = {
  name: 'identity',
  doc: 'Credentials, directories, namespaces: what threads share.',
  enums: [
    {
      name: 'namespace_kind',
      kind: 'choice',
      doc: 'As under /proc/PID/ns.',
      values: [
        { name: 'cgroup', value: 1, doc: 'CLONE_NEWCGROUP.' },
        { name: 'ipc', value: 2, doc: 'CLONE_NEWIPC.' },
        { name: 'mnt', value: 3, doc: 'CLONE_NEWNS.' },
        { name: 'net', value: 4, doc: 'CLONE_NEWNET.' },
        { name: 'pid', value: 5, doc: 'CLONE_NEWPID.' },
        { name: 'pid_for_children', value: 6, doc: 'The pid namespace of children yet to come.' },
        { name: 'time', value: 7, doc: 'CLONE_NEWTIME.' },
        { name: 'time_for_children', value: 8, doc: 'The time namespace of children yet to come.' },
        { name: 'user', value: 9, doc: 'CLONE_NEWUSER.' },
        { name: 'uts', value: 10, doc: 'CLONE_NEWUTS.' },
      ],
    },
    {
      name: 'namespace_flag',
      kind: 'bits',
      doc: 'Of a namespace.',
      values: [
        { name: 'initial', value: 1, doc: "The one that init had: the executor's own stands for it." },
      ],
    },
  ],
  records: [
    {
      name: 'credentials',
      section: 24,
      role: 'object',
      doc: 'struct cred.',
      fields: [
        ...['uid', 'euid', 'suid', 'fsuid', 'gid', 'egid', 'sgid', 'fsgid'].map(
          (name) => ({ name, type: 'u32', doc: `${name}, as the initial user namespace has it.` }) as const,
        ),
        ...['inheritable', 'permitted', 'effective', 'bounding', 'ambient'].map(
          (name) =>
            ({ name: `cap_${name}`, type: 'u64', show: 'hex', doc: `Capabilities, ${name}.` }) as const,
        ),
        { name: 'securebits', type: 'u32', show: 'hex', doc: 'SECBIT_*.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
        { name: 'groups', type: { children: 'group' }, doc: 'Supplementary groups.' },
      ],
    },
    {
      name: 'group',
      section: 25,
      role: 'child',
      doc: 'A supplementary group.',
      fields: [
        { name: 'gid', type: 'u32', doc: 'Group.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
      ],
    },
    {
      name: 'fs',
      section: 26,
      role: 'object',
      doc: 'struct fs_struct; CLONE_FS shares it.',
      fields: [
        { name: 'cwd', type: 'text', doc: 'Working directory, as /proc/PID/cwd.' },
        { name: 'root', type: 'text', doc: 'Root directory, as /proc/PID/root.' },
        { name: 'umask', type: 'u32', show: 'octal', doc: 'umask(2).' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
      ],
    },
    {
      name: 'namespace',
      section: 27,
      role: 'object',
      doc: 'A namespace that a thread of the plan is in.',
      fields: [
        {
          name: 'kind',
          type: 'u32',
          enum: 'namespace_kind',
          doc: 'Which; never one of the kinds for children.',
        },
        { name: 'inode', type: 'u32', doc: 'Number in the link under /proc/PID/ns.' },
        { name: 'flags', type: 'u32', flags: 'namespace_flag', show: 'hex', doc: 'Bits.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
        { name: 'hostname', type: 'text', doc: 'Of a UTS namespace.' },
        { name: 'domainname', type: 'text', doc: 'Of a UTS namespace.' },
        { name: 'monotonic_offset', type: 'i64', doc: 'Of a time namespace: nanoseconds that it adds.' },
        { name: 'boottime_offset', type: 'i64', doc: 'Likewise.' },
        { name: 'uid_map', type: { children: 'id_extent' }, doc: 'Of a user namespace.' },
        { name: 'gid_map', type: { children: 'id_extent' }, doc: 'Of a user namespace.' },
      ],
    },
    {
      name: 'id_extent',
      section: 28,
      role: 'child',
      doc: 'A line of /proc/PID/uid_map or gid_map.',
      fields: [
        { name: 'first', type: 'u32', doc: 'First id inside.' },
        { name: 'lower_first', type: 'u32', doc: 'What it is in the initial user namespace.' },
        { name: 'count', type: 'u32', doc: 'How many.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
      ],
    },
    {
      name: 'namespace_set',
      section: 29,
      role: 'object',
      doc: 'The namespaces of a thread.',
      fields: [
        {
          name: 'links',
          type: { children: 'namespace_link' },
          doc: 'One for each kind that the kernel has.',
        },
      ],
    },
    {
      name: 'namespace_link',
      section: 30,
      role: 'child',
      doc: 'A link under /proc/PID/ns.',
      fields: [
        { name: 'kind', type: 'u32', enum: 'namespace_kind', doc: 'Name of the link.' },
        { name: 'namespace', type: { ref: 'namespace' }, doc: 'Where it leads.' },
      ],
    },
  ],
};

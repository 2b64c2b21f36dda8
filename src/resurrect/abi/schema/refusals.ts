// What a plan cannot restore: nothing is dropped silently.

import type { Group } from './vocabulary.js';

export const REFUSALS: Group = {
  name: 'refusals',
  doc: 'What cannot be restored, with the reason.',
  enums: [
    {
      name: 'crash_bit',
      kind: 'bits',
      doc: 'Handed to a crash procedure: kinds of resources that could not be restored.',
      values: [
        { name: 'registers', value: 0x1, doc: 'General registers of a thread.' },
        { name: 'fpu', value: 0x2, doc: 'Vector registers of a thread.' },
        { name: 'memory', value: 0x4, doc: 'Pages of the address space.' },
        {
          name: 'mapping',
          value: 0x8,
          doc: 'A mapping of a device or of an object that cannot be made again.',
        },
        { name: 'file', value: 0x10, doc: 'An open file.' },
        { name: 'terminal', value: 0x20, doc: 'A terminal.' },
        { name: 'pipe', value: 0x40, doc: 'A pipe.' },
        { name: 'unix_socket', value: 0x80, doc: 'A unix socket.' },
        {
          name: 'network',
          value: 0x100,
          doc: 'A connection to another machine, or a socket that is no TCP or UDP socket.',
        },
        { name: 'event', value: 0x200, doc: 'epoll, eventfd, timerfd, signalfd, inotify, fanotify.' },
        { name: 'timer', value: 0x400, doc: 'A timer.' },
        { name: 'signal', value: 0x800, doc: 'Signals that waited, or handlers.' },
        { name: 'ipc', value: 0x1000, doc: 'System V or POSIX IPC.' },
        { name: 'lock', value: 0x2000, doc: 'A file lock or lease.' },
        { name: 'security', value: 0x4000, doc: 'Seccomp filters, credentials, capabilities.' },
        { name: 'namespace', value: 0x8000, doc: 'A namespace.' },
        { name: 'async_io', value: 0x10000, doc: 'io_uring, AIO.' },
        { name: 'kernel_object', value: 0x20000, doc: 'bpf, perf, userfaultfd.' },
        { name: 'tracing', value: 0x40000, doc: 'ptrace.' },
        { name: 'scheduling', value: 0x80000, doc: 'Scheduling policy, cgroup.' },
        { name: 'process', value: 0x100000, doc: 'A parent, child or group outside the plan.' },
      ],
    },
    {
      name: 'severity',
      kind: 'choice',
      doc: 'What follows from a refusal for the processes concerned.',
      values: [
        { name: 'noted', value: 1, doc: 'Nothing that a process would notice in its work.' },
        { name: 'crash_procedure', value: 2, doc: 'Their crash procedures are asked.' },
        { name: 'fatal', value: 3, doc: 'They are lost.' },
      ],
    },
    {
      name: 'refused_kind',
      kind: 'choice',
      doc: 'Kind of record that a refusal is about.',
      values: [
        { name: 'none', value: 1, doc: 'Nothing that has a record.' },
        { name: 'process', value: 2, doc: 'A process.', target: 'process' },
        { name: 'mm', value: 3, doc: 'An address space.', target: 'mm' },
        { name: 'file', value: 4, doc: 'An open file description.', target: 'file' },
        { name: 'socket', value: 5, doc: 'A socket.', target: 'socket' },
        { name: 'shared_memory', value: 6, doc: 'Shared memory.', target: 'shared_memory' },
        { name: 'namespace', value: 7, doc: 'A namespace.', target: 'namespace' },
        { name: 'terminal', value: 8, doc: 'A terminal.', target: 'terminal' },
        { name: 'writeback', value: 9, doc: 'Pages to write back.', target: 'writeback' },
        { name: 'mount', value: 10, doc: 'A tmpfs.', target: 'mount' },
      ],
    },
  ],
  records: [
    {
      name: 'refusal',
      section: 160,
      role: 'object',
      doc: 'Something that cannot be restored.',
      fields: [
        {
          name: 'resource',
          type: 'text',
          doc: 'Name of its row in the table of resources (docs/resources.md): `io_uring`.',
        },
        { name: 'reason', type: 'text', doc: 'Why, in a sentence; names what it is about.' },
        { name: 'severity', type: 'u32', enum: 'severity', doc: 'What follows.' },
        { name: 'crash_bits', type: 'u32', flags: 'crash_bit', show: 'hex', doc: 'Bits that it sets.' },
        { name: 'kind', type: 'u32', enum: 'refused_kind', doc: 'Of `object`.' },
        { name: 'object', type: { refBy: 'kind' }, optional: true, doc: 'What it is about.' },
        { name: 'processes', type: { children: 'concerned' }, doc: 'Whom it concerns.' },
      ],
    },
    {
      name: 'concerned',
      section: 161,
      role: 'child',
      doc: 'A process that a refusal concerns.',
      fields: [
        { name: 'process', type: { ref: 'process' }, doc: 'Which.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
      ],
    },
  ],
};

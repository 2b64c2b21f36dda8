// System V and POSIX interprocess communication: ipc/{shm,sem,msg,mqueue}.c.

import type { Field, Group } from './vocabulary.js';

const PERMISSIONS: readonly Field[] = [
  {
    name: 'namespace',
    type: { ref: 'namespace' },
    optional: true,
    doc: 'IPC namespace; none where it could not be told.',
  },
  { name: 'ipc_id', type: 'i32', doc: 'Identifier.' },
  { name: 'key', type: 'i32', doc: '0: IPC_PRIVATE.' },
  {
    name: 'mode',
    type: 'u32',
    show: 'octal',
    doc: 'Permission bits; 01000 of memory that goes with its last user.',
  },
  { name: 'uid', type: 'u32', doc: 'Owner.' },
  { name: 'gid', type: 'u32', doc: 'Group.' },
  { name: 'creator_uid', type: 'u32', doc: 'Who made it.' },
  { name: 'creator_gid', type: 'u32', doc: 'Group of whom.' },
];

export const IPC: Group = {
  name: 'ipc',
  doc: 'System V shared memory, semaphores and message queues; POSIX message queues.',
  enums: [
    {
      name: 'message_notify',
      kind: 'choice',
      doc: 'How a process is told of a message (sigev_notify), plus one.',
      values: [
        { name: 'signal', value: 1, doc: 'SIGEV_SIGNAL.' },
        { name: 'none', value: 2, doc: 'SIGEV_NONE: not at all, and nobody else can ask to be.' },
      ],
    },
  ],
  records: [
    {
      name: 'shm_segment',
      section: 120,
      role: 'object',
      doc: 'shmget(2).',
      fields: [
        ...PERMISSIONS,
        { name: 'memory', type: { ref: 'shared_memory' }, doc: 'Its pages.' },
        { name: 'creator_pid', type: 'i32', doc: 'Process that made it.' },
        { name: 'bytes', type: 'u53', doc: 'Size that was asked for.' },
      ],
    },
    {
      name: 'semaphore_set',
      section: 121,
      role: 'object',
      doc: 'semget(2).',
      fields: [
        ...PERMISSIONS,
        { name: 'semaphores', type: { children: 'semaphore' }, doc: 'By number.' },
        { name: 'undo', type: { children: 'semaphore_undo' }, doc: 'What is undone when processes end.' },
      ],
    },
    {
      name: 'semaphore',
      section: 122,
      role: 'child',
      doc: 'A semaphore.',
      fields: [
        { name: 'value', type: 'u32', doc: 'semval.' },
        { name: 'pid', type: 'i32', doc: 'Who changed it last.' },
      ],
    },
    {
      name: 'semaphore_undo',
      section: 123,
      role: 'child',
      doc: 'struct sem_undo: of one process.',
      fields: [
        {
          name: 'process',
          type: { ref: 'process' },
          optional: true,
          doc: 'Whose; none where it is not in the plan.',
        },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
        { name: 'adjustments', type: 'blob', doc: 'semadj of each semaphore: signed 16-bit words.' },
      ],
    },
    {
      name: 'message_queue',
      section: 124,
      role: 'object',
      doc: 'msgget(2) or mq_open(3).',
      fields: [
        ...PERMISSIONS,
        { name: 'posix', type: 'u32', doc: '1: of mq_open(3), whose id and key are 0; else 0.' },
        { name: 'message_limit', type: 'u32', doc: 'POSIX: mq_maxmsg; System V: 0.' },
        { name: 'byte_limit', type: 'u53', doc: 'POSIX: mq_msgsize; System V: msg_qbytes.' },
        { name: 'name', type: 'text', doc: 'POSIX: `/name`; empty where it is unlinked.' },
        {
          name: 'messages',
          type: { children: 'message' },
          doc: 'In the order of receiving (POSIX) or sending (System V).',
        },
        { name: 'last_sender', type: 'i32', doc: 'System V: process that sent last; 0: nobody, or POSIX.' },
        { name: 'last_receiver', type: 'i32', doc: 'System V: process that received last; 0 likewise.' },
        {
          name: 'notification',
          type: { children: 'message_notification' },
          doc: 'POSIX: who is to be told, one or none; System V: none.',
        },
      ],
    },
    {
      name: 'message_notification',
      section: 126,
      role: 'child',
      doc: 'mq_notify(3): who is told, once, that a message has come into the empty queue.',
      fields: [
        { name: 'process', type: { ref: 'process' }, doc: 'It has the queue open.' },
        { name: 'notify', type: 'u32', enum: 'message_notify', doc: 'How.' },
        { name: 'signal', type: 'u32', doc: 'Which; 0 where none is sent.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
        { name: 'value', type: 'u64', show: 'hex', doc: 'sigev_value; 0 where no signal is sent.' },
      ],
    },
    {
      name: 'message',
      section: 125,
      role: 'child',
      doc: 'A message that waits.',
      fields: [
        { name: 'type', type: 'i64', doc: 'System V: mtype; POSIX: priority.' },
        { name: 'contents', type: 'blob', doc: 'Bytes.' },
      ],
    },
  ],
};

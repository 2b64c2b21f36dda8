// The differences that are none, each as narrow as it can be. Nothing else is excused: a difference that no rule here is
// for fails the check. Each rule brings pairs that it explains and pairs that it does not; tests/unit/bench holds it to them.

import type { Rule } from './rule.js';

const REGISTERS = 'r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di ip sp'.split(' ');

export const EXPLANATIONS: readonly Rule[] = [
  {
    name: 'name of a worker',
    kind: 'task',
    fields: ['comm'],
    tag: 'workqueue',
    values: /^"(kworker\/[^"]+)[-+][^"]+" → "\1"$/,
    reason:
      'ours is /proc/PID/comm, which has the work queue behind the name of a worker (wq_worker_comm()); drgn prints task_struct.comm.',
    explains: [{ ours: 'kworker/0:1-events', theirs: 'kworker/0:1' }],
    butNot: [
      { ours: 'kworker/0:2-events', theirs: 'kworker/0:1' },
      { ours: 'kworker/0:1', theirs: 'kworker/0:1-events' },
      { ours: 'bash-events', theirs: 'bash' },
    ],
  },
  {
    name: 'long name of a kernel thread',
    kind: 'task',
    fields: ['comm'],
    tag: 'kernel thread',
    values: /^"([^"]{15})[^"]+" → "\1"$/,
    reason:
      'ours is /proc/PID/comm, which has the whole name from struct kthread (full_name); task_struct.comm ends after 15 characters.',
    explains: [{ ours: 'rcu_tasks_kthread', theirs: 'rcu_tasks_kthre' }],
    butNot: [
      { ours: 'rcu_tasks_kthread', theirs: 'rcu_tasks_kthr' },
      { ours: 'rcu_tasks_kthread', theirs: 'rcu_preempt_kth' },
      { ours: 'rcu_gp', theirs: 'rcu' },
    ],
  },
  {
    name: 'mount below the root',
    kind: 'mount',
    fields: null,
    values:
      /^absent → "\{\\"id\\":\d+,\\"parent\\":\d+,[^{}]*\\"point\\":\\"\/\\",\\"type\\":\\"(rootfs|nullfs)\\"[^{}]*\}"$/,
    reason:
      "ours are the mounts that a process sees from its root directory, as its mountinfo; drgn walks the whole namespace, with what lies below that root: the kernel's own first mounts.",
    explains: [
      {
        ours: undefined,
        theirs:
          '{"id":1,"parent":1,"device":"0:2","point":"/","type":"rootfs","source":"rootfs","options":"rw"}',
      },
    ],
    butNot: [
      {
        ours: undefined,
        theirs:
          '{"id":30,"parent":1,"device":"0:2","point":"/proc","type":"proc","source":"proc","options":"rw"}',
      },
      {
        ours: '{"id":1,"parent":1,"device":"0:2","point":"/","type":"rootfs","source":"rootfs","options":"rw"}',
        theirs: undefined,
      },
    ],
  },
  {
    name: 'other name of a function',
    kind: 'stack',
    fields: ['functions'],
    elements: [
      /^"entry_SYSCALL_64_after_hwframe" → "entry_SYSCALL_64"$/,
      /^"(?:secondary_startup_64_no_verify|common_startup_64)" → "secondary_startup_64"$/,
      /^"end_repeat_nmi" → "asm_exc_nmi"$/,
      /^"__do_sys_(\w+)" → "__x64_sys_\1"$/,
    ],
    reason:
      'the addresses are the same. Of labels inside assembly, kallsyms and with it the kernel names the nearest, drgn the ELF symbol whose size covers them; of a system call without arguments, which has two names, each takes another.',
    explains: [
      {
        ours: ['schedule', '__do_sys_pause', 'do_syscall_64', 'entry_SYSCALL_64_after_hwframe'],
        theirs: ['schedule', '__x64_sys_pause', 'do_syscall_64', 'entry_SYSCALL_64'],
      },
      { ours: ['do_idle', 'common_startup_64'], theirs: ['do_idle', 'secondary_startup_64'] },
      { ours: ['exc_nmi', 'end_repeat_nmi', 'nap'], theirs: ['exc_nmi', 'asm_exc_nmi', 'nap'] },
    ],
    butNot: [
      { ours: ['schedule', '__do_sys_pause'], theirs: ['schedule', '__x64_sys_vfork'] },
      { ours: ['schedule', '__do_sys_pause'], theirs: ['io_schedule', '__x64_sys_pause'] },
      { ours: ['nap', 'entry_SYSCALL_64_after_hwframe'], theirs: ['entry_SYSCALL_64'] },
      { ours: ['do_idle', 'start_secondary'], theirs: ['do_idle', 'secondary_startup_64'] },
      { ours: ['entry_SYSCALL_64'], theirs: ['entry_SYSCALL_64_after_hwframe'] },
      { ours: ['entry_SYSCALL_64_after_hwframe'], theirs: null },
    ],
  },
  {
    name: 'stack of a running task',
    kind: 'stack',
    fields: ['addresses', 'functions', 'interrupted'],
    tag: 'running',
    values: /^\[.*\] → null$/,
    reason:
      "a raw dump has no registers of a CPU, and drgn does not unwind without (--notes gives it some); ours finds the stack of a task that was on a CPU by what lies on the CPU's stacks.",
    explains: [{ ours: ['panic', 'sysrq_handle_crash'], theirs: null }],
    butNot: [
      { ours: ['panic', 'sysrq_handle_crash'], theirs: ['panic'] },
      { ours: ['panic', 'sysrq_handle_crash'], theirs: undefined },
      { ours: null, theirs: ['panic'] },
    ],
  },
  {
    name: 'registers of a running task',
    kind: 'registers',
    fields: REGISTERS,
    tag: 'running',
    values: /^"0x[0-9a-f]+" → null$/,
    reason: 'likewise: drgn finds user registers at the end of the stack that it did not unwind.',
    explains: [{ ours: '0x445a10', theirs: null }],
    butNot: [
      { ours: '0x445a10', theirs: '0x445a11' },
      { ours: null, theirs: '0x445a10' },
    ],
  },
];

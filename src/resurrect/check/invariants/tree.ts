// Processes: ids, parents, sessions, groups (kernel/fork.c, kernel/pid.c, kernel/sys.c).

import { type Limit, PROCESS_FLAG, PROCESS_STATE, REASON, VERDICT } from '../../abi/records/processes.js';
import { THREAD_FLAG } from '../../abi/records/threads.js';
import type { Invariant } from '../invariant.js';

/** PID_MAX_LIMIT of 64-bit kernels (include/linux/threads.h). */
const PID_MAX = 4 * 1024 * 1024;

export const TREE: readonly Invariant[] = [
  {
    name: 'ids-unique',
    severity: 'error',
    why: 'A thread id belongs to one thread: clone3 with set_tid fails on the second (EEXIST).',
    executor: 'refuses the plan',
    find: ({ threads }, report) => {
      const seen = new Map<number, string>();
      for (const { object, thread } of threads) {
        const other = seen.get(thread.tid);
        if (other !== undefined) report(object, `has tid ${thread.tid}, as ${other} has`);
        seen.set(thread.tid, object);
      }
    },
  },
  {
    name: 'ids-in-range',
    severity: 'error',
    why: "Ids lie between 2 and the kernel's limit of 4194304; 1 is the crash kernel's own init.",
    executor: 'refuses the plan',
    find: ({ threads }, report) => {
      for (const { object, thread } of threads) {
        if (thread.tid < 2 || thread.tid >= PID_MAX) report(object, `has tid ${thread.tid}`);
      }
    },
  },
  {
    name: 'parents-first',
    severity: 'error',
    why: 'Processes are made in the order of the plan, by their parents: a parent stands before its children, under the PID that they name.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      plan.process.forEach(({ parent, parentPid }, index) => {
        if (parent === null) return;
        const object = `process[${index}]`;
        if (parent >= index) report(object, `has process[${parent}] as its parent, which is made later`);
        const pid = plan.process[parent]?.pid;
        if (pid !== parentPid)
          report(object, `has parent PID ${parentPid}, and process[${parent}] is ${pid}`);
      });
    },
  },
  {
    name: 'leader-first',
    severity: 'error',
    why: "The first thread of a process is its leader, and the leader's tid is the PID.",
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      plan.process.forEach(({ pid, threads }, index) => {
        const leads = threads.map(({ flags }) => (flags & THREAD_FLAG.leader) !== 0);
        const object = `process[${index}]`;
        if (threads.length === 0) report(object, 'has no thread');
        else if (leads.indexOf(true) !== 0 || leads.lastIndexOf(true) !== 0) {
          report(object, 'has not exactly its first thread as leader');
        } else if (threads[0]?.tid !== pid) report(object, `is ${pid}, and its leader ${threads[0]?.tid}`);
      });
    },
  },
  {
    name: 'leaders-lead-themselves',
    severity: 'error',
    why: 'The leader of a session or group is the process whose PID is its number, and no other.',
    executor: 'gives the process a group of its own',
    find: ({ plan }, report) => {
      plan.process.forEach(({ pid, pgid, sid, flags }, index) => {
        const object = `process[${index}]`;
        if ((sid === pid) !== ((flags & PROCESS_FLAG.session_leader) !== 0)) {
          report(object, `is ${pid} in session ${sid}; its flag of a session's leader says otherwise`);
        }
        if ((pgid === pid) !== ((flags & PROCESS_FLAG.group_leader) !== 0)) {
          report(object, `is ${pid} in group ${pgid}; its flag of a group's leader says otherwise`);
        }
      });
    },
  },
  {
    name: 'groups-within-sessions',
    severity: 'error',
    why: "A process group lies within one session (setpgid(2) gives EPERM else), and a session's leader leads its group too.",
    executor: "leaves the process in its parent's group",
    find: ({ plan }, report) => {
      const sessions = new Map<number, number>();
      plan.process.forEach(({ pid, pgid, sid }, index) => {
        const session = sessions.get(pgid) ?? sid;
        sessions.set(pgid, session);
        if (session !== sid) {
          report(
            `process[${index}]`,
            `is in group ${pgid} and session ${sid}; the group is in session ${session}`,
          );
        } else if (sid === pid && pgid !== pid) {
          report(`process[${index}]`, `leads session ${sid}, and is in group ${pgid}`);
        }
      });
    },
  },
  {
    name: 'sessions-led',
    severity: 'warning',
    why: 'A session whose leader is not in the plan is begun by a helper of its number, which ends at once: jobs in it cannot get the terminal back.',
    executor: 'makes the session by a helper',
    find: ({ plan }, report) => {
      const pids = new Set(plan.process.map(({ pid }) => pid));
      const sessions = new Set(plan.process.map(({ sid }) => sid));
      for (const sid of sessions) {
        if (sid > 0 && !pids.has(sid)) {
          const index = plan.process.findIndex((process) => process.sid === sid);
          report(`process[${index}]`, `is in session ${sid}, whose leader is not in the plan`);
        }
      }
    },
  },
  {
    name: 'zombies-bare',
    severity: 'error',
    why: 'What has ended has an exit code and nothing else; what runs has an address space and handlers.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      plan.process.forEach((process, index) => {
        const { state, mm, sighand, verdict, exitCode } = process;
        const object = `process[${index}]`;
        if (state === PROCESS_STATE.zombie) {
          if (mm !== null || sighand !== null)
            report(object, 'is a zombie with an address space or handlers');
        } else {
          if (exitCode !== 0 && state !== PROCESS_STATE.stopped)
            report(object, `runs, and has exit code ${exitCode}`);
          if (verdict !== VERDICT.lost && mm === null) report(object, 'is to go on without an address space');
          if (verdict !== VERDICT.lost && sighand === null)
            report(object, 'is to go on without signal handlers');
        }
      });
    },
  },
  {
    name: 'taken-for-a-reason',
    severity: 'error',
    why: 'A process is selected, or came along with another that leads back to a selected one: nothing is resurrected unasked.',
    executor: 'refuses the plan',
    find: ({ plan }, report) => {
      plan.process.forEach(({ reason, because }, index) => {
        const object = `process[${index}]`;
        if ((reason === REASON.selected) !== (because === null)) {
          report(object, because === null ? 'came along with nobody' : 'is selected, and came along too');
        } else if (!leadsToSelected(plan.process, index)) report(object, 'came along in a circle');
      });
    },
  },
  {
    name: 'directories-rooted',
    severity: 'error',
    why: 'Working and root directories are paths from the root.',
    executor: 'leaves the process in the root directory (ENOENT)',
    find: ({ plan }, report) => {
      plan.fs.forEach(({ cwd, root }, index) => {
        if (!cwd.startsWith('/') || !root.startsWith('/')) {
          report(
            `fs[${index}]`,
            `has the directory ${JSON.stringify(cwd)} and the root ${JSON.stringify(root)}`,
          );
        }
      });
    },
  },
  {
    name: 'oom-range',
    severity: 'error',
    why: 'oom_score_adj lies between -1000 and 1000.',
    executor: 'leaves 0 (EINVAL)',
    find: ({ plan }, report) => {
      plan.process.forEach(({ oomScoreAdj, oomScoreAdjMin }, index) => {
        if (Math.abs(oomScoreAdj) > 1000 || Math.abs(oomScoreAdjMin) > 1000) {
          report(`process[${index}]`, `has oom_score_adj ${oomScoreAdj} (least ${oomScoreAdjMin})`);
        }
      });
    },
  },
  {
    name: 'limits-ordered',
    severity: 'error',
    why: 'A soft limit is at most the hard one (prlimit(2) gives EINVAL else), and each resource has one.',
    executor: "leaves the crash kernel's limit",
    find: ({ plan }, report) => {
      plan.process.forEach(({ limits }, index) => {
        let seen = 0;
        for (let at = 0; at < limits.length; at++) {
          const { resource, soft, hard } = limits[at] as Limit;
          if (soft > hard) report(limitName(index, at), `has soft ${soft} above hard ${hard}`);
          if ((seen & (1 << resource)) !== 0) report(limitName(index, at), 'is the second of its resource');
          seen |= 1 << resource;
        }
      });
    },
  },
];

const limitName = (process: number, limit: number) => `process[${process}].limits[${limit}]`;

function leadsToSelected(processes: readonly { readonly because: number | null }[], from: number): boolean {
  let at: number | null = from;
  for (let steps = 0; steps <= processes.length; steps++) {
    const because: number | null = processes[at]?.because ?? null;
    if (because === null) return true;
    at = because;
  }
  return false;
}

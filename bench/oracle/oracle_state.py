# What a task or process has beside memory and files, where drgn only has to look: scheduling, signals, timers, limits,
# namespaces, control group, confinement.

from drgn.helpers.linux.bitops import for_each_set_bit
from drgn.helpers.linux.cgroup import cgroup_path
from drgn.helpers.linux.list import hlist_for_each_entry, list_for_each_entry

from oracle_values import has, hex_of

# The names of /proc/PID/ns by the members of struct nsproxy.
NAMESPACES = {
    "cgroup_ns": "cgroup",
    "ipc_ns": "ipc",
    "mnt_ns": "mnt",
    "net_ns": "net",
    "time_ns": "time",
    "time_ns_for_children": "time_for_children",
    "uts_ns": "uts",
}
CAPABILITIES = ("cap_inheritable", "cap_permitted", "cap_effective", "cap_bset", "cap_ambient")
SIGNALS = 64
PFA_NO_NEW_PRIVS = 0


class State:
    def __init__(self, prog):
        self.prog = prog

    def of_task(self, task):
        """Of a thread; `scheduling` as struct task_struct has it."""
        return {
            "scheduling": {
                "policy": int(task.policy),
                "prio": int(task.prio),
                "static_prio": int(task.static_prio),
                "rt_priority": int(task.rt_priority),
                "cpus": list(for_each_set_bit(task.cpus_mask.bits, int(self.prog["nr_cpu_ids"]))),
                "cpu": self.cpu(task),
                "on_cpu": int(task.on_cpu),
                "voluntary": int(task.nvcsw),
                "involuntary": int(task.nivcsw),
                "run_time": int(task.se.sum_exec_runtime),
                "run_delay": int(task.sched_info.run_delay),
                "times_run": int(task.sched_info.pcount),
                "timer_slack": int(task.timer_slack_ns),
            },
            "exit_code": int(task.exit_code),
            "exit_signal": int(task.exit_signal),
            "tracer": int(task.parent.pid) if task.ptrace else 0,
            "no_new_privs": bool(int(task.atomic_flags) >> PFA_NO_NEW_PRIVS & 1),
            "seccomp": int(task.seccomp.mode),
            "personality": int(task.personality),
            "death_signal": int(task.pdeath_signal),
            "capabilities": {name: capability(getattr(task.cred, name)) for name in CAPABILITIES},
            "securebits": int(task.cred.securebits),
            "blocked": mask(task.blocked),
            "pending": pending(task.pending),
            "altstack": [hex(int(task.sas_ss_sp)), int(task.sas_ss_size), int(task.sas_ss_flags)],
            "clear_child_tid": hex(int(task.clear_child_tid)),
            "set_child_tid": hex(int(task.set_child_tid)),
            "robust_list": hex(int((task.futex if has(task, "futex") else task).robust_list)),
            "fs_base": hex(int(task.thread.fsbase)),
            "gs_base": hex(int(task.thread.gsbase)),
            "namespaces": self.namespaces(task),
            "cgroup": cgroup_path(task.cgroups.dfl_cgrp).decode("latin-1") if task.cgroups else None,
        }

    def cpu(self, task):
        """task_cpu(): moved into thread_info by commit bcf9033e5449 (5.16)."""
        return int(task.thread_info.cpu if has(task.thread_info, "cpu") else task.cpu)

    def of_process(self, task):
        """Null for a task whose signal handlers are gone already."""
        signal, sighand = task.signal.read_(), task.sighand.read_()
        if not sighand:
            return None
        return {
            "sighand": hex_of(sighand),
            "actions": [self.action(number, sighand.action[number - 1].sa) for number in range(1, SIGNALS + 1)],
            "pending": pending(signal.shared_pending),
            "flags": int(signal.flags),
            "oom_score_adj": int(signal.oom_score_adj),
            "child_subreaper": bool(signal.is_child_subreaper),
            "limits": [[str(int(limit.rlim_cur)), str(int(limit.rlim_max))] for limit in signal.rlim],
            "posix_timers": [self.timer(timer) for timer in posix_timers(signal)],
        }

    def action(self, number, action):
        return [
            number, hex(int(action.sa_handler)), int(action.sa_flags), mask(action.sa_mask), hex(int(action.sa_restorer))
        ]  # fmt: skip

    def timer(self, timer):
        return {
            "address": hex_of(timer),
            "id": int(timer.it_id),
            "clock": int(timer.it_clock),
            "interval": int(timer.it_interval),
            "notify": int(timer.it_sigev_notify),
        }

    def namespaces(self, task):
        found = {"user": int(task.cred.user_ns.ns.inum)}
        nsproxy = task.nsproxy.read_()
        for member, name in NAMESPACES.items():
            if nsproxy and has(nsproxy, member) and nsproxy.member_(member):
                found[name] = int(nsproxy.member_(member).ns.inum)
        return found


def capability(value):
    """kernel_cap_t: two 32-bit words, one 64-bit word in newer kernels."""
    bits = int(value.val) if has(value, "val") else int(value.cap[0]) | int(value.cap[1]) << 32
    return f"{bits:016x}"


def mask(set_):
    return f"{int(set_.sig[0]):016x}"


def pending(queue):
    """The set, and signal and si_code of each that waits."""
    entries = list_for_each_entry("struct sigqueue", queue.list.address_of_(), "list")
    return {"set": mask(queue.signal), "queue": [[int(entry.info.si_signo), int(entry.info.si_code)] for entry in entries]}


def posix_timers(signal):
    """A list, an hlist since commit 52dea0a15cc8 (6.11)."""
    head = signal.posix_timers.address_of_()
    if signal.posix_timers.type_.type_name() == "struct hlist_head":
        return hlist_for_each_entry("struct k_itimer", head, "list")
    return list_for_each_entry("struct k_itimer", head, "list")

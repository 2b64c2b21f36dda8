# Tasks, their memory and their files. What several tasks share is written once and referred to by its address.

import hashlib

from drgn.helpers.linux.mm import access_process_vm, cmdline, environ, for_each_vma
from drgn.helpers.linux.sched import task_state_to_char

from oracle_files import device
from oracle_names import VmaNames
from oracle_stacks import Stacks
from oracle_state import State
from oracle_values import hex_of, text
from page_walk import page_runs

CREDENTIALS = ("uid", "gid", "euid", "egid", "suid", "sgid", "fsuid", "fsgid")


class Tasks:
    def __init__(self, prog, files, attempts):
        self.prog = prog
        self.files = files
        self.attempts = attempts
        self.mms = {}
        self.files_structs = {}
        self.names = VmaNames(prog)
        self.stacks = Stacks(prog)
        self.state = State(prog)

    def of(self, task):
        name = f"task {int(task.pid)}"
        facts = self.identity(task)
        for key, read in (
            ("ids", self.ids),
            ("credentials", self.credentials),
            ("fs", self.fs),
            ("command_line", lambda t: latin(arguments(t))),
            ("environment", lambda t: latin(environ(t))),
            ("stack", self.stacks.of),
            ("attributes", self.state.of_task),
            ("process", self.state.of_process),
        ):
            facts[key] = self.attempts.value(f"{name} {key}", lambda: read(task))
        facts["mm"] = self.attempts.value(f"{name} mm", lambda: self.mm(task))
        facts["files"] = self.attempts.value(f"{name} files", lambda: self.open_files(task))
        return facts

    def of_idle(self, task):
        stack = self.attempts.value(f"idle {task.comm.string_().decode()} stack", lambda: self.stacks.of(task))
        return {**self.identity(task), "stack": stack}

    def identity(self, task):
        return {
            "address": hex_of(task),
            "pid": int(task.pid),
            "tgid": int(task.tgid),
            "ppid": int(task.real_parent.tgid),
            "comm": text(task.comm),
            "state": task_state_to_char(task),
            "exit_state": int(task.exit_state),
            "flags": hex(int(task.flags)),
            "leader": hex_of(task.group_leader),
            "start_time": int(task.start_time),
            "start_boottime": int(task.start_boottime),
            "stack_base": hex_of(task.stack),
            "parent": hex_of(task.real_parent),
        }

    def ids(self, task):
        """pid_nr_ns of every namespace the task is in; then its group and session in the first one."""
        pid = task.thread_pid.read_()
        levels = int(pid.level) + 1
        signal = task.signal.read_()
        groups = {}
        for name, kind in (("tgid", "PIDTYPE_TGID"), ("pgid", "PIDTYPE_PGID"), ("sid", "PIDTYPE_SID")):
            of_kind = signal.pids[self.prog[kind]].read_()
            groups[name] = int(of_kind.numbers[0].nr) if of_kind else None
        tty = signal.tty.read_()
        return {
            "by_namespace": [int(pid.numbers[level].nr) for level in range(levels)],
            **groups,
            "tty": text(tty.name) if tty else None,
            "threads": int(signal.nr_threads),
        }

    def credentials(self, task):
        cred = task.cred.read_()
        groups = cred.group_info.read_()
        return {
            **{name: int(getattr(cred, name).val) for name in CREDENTIALS},
            "groups": [int(groups.gid[i].val) for i in range(int(groups.ngroups))],
        }

    def fs(self, task):
        fs = task.fs.read_()
        if not fs:
            return None
        mm = task.mm.read_()
        exe = mm.exe_file.read_() if mm else None
        return {
            "cwd": self.files.path(fs.pwd),
            "root": self.files.path(fs.root),
            "exe": self.files.path(exe.f_path) if exe else None,
            "umask": int(fs.umask),
        }

    def mm(self, task):
        mm = task.mm.read_()
        if not mm:
            return None
        key = hex_of(mm)
        if key not in self.mms:
            self.mms[key] = None
            self.mms[key] = self.mm_facts(task, mm)
        return key

    def mm_facts(self, task, mm):
        name = f"mm of {int(task.pid)}"
        marks = ("start_code", "end_code", "start_data", "end_data", "start_brk", "brk", "start_stack",
                 "arg_start", "arg_end", "env_start", "env_end", "mmap_base", "task_size")  # fmt: skip
        return {
            "pgd": hex_of(mm.pgd),
            **{mark: hex(int(getattr(mm, mark))) for mark in marks},
            "vdso": hex_of(mm.context.vdso),
            "map_count": int(mm.map_count),
            "total_vm": int(mm.total_vm),
            "auxv": self.attempts.value(f"{name} auxv", lambda: [hex(int(word)) for word in mm.saved_auxv]),
            "vmas": self.attempts.value(f"{name} vmas", lambda: [self.vma(vma, mm) for vma in for_each_vma(mm)]),
            "pages": self.attempts.value(f"{name} pages", lambda: page_runs(self.prog, mm)),
            "args_sha256": self.attempts.value(f"{name} args", lambda: digest(task, mm.arg_start, mm.env_end)),
        }

    def vma(self, vma, mm):
        file = vma.vm_file.read_()
        inode = file.f_inode.read_() if file else None
        return {
            "address": hex_of(vma),
            "start": hex(int(vma.vm_start)),
            "end": hex(int(vma.vm_end)),
            "flags": hex(int(vma.vm_flags)),
            "pgoff": hex(int(vma.vm_pgoff)),
            "file": hex_of(file),
            "name": self.attempts.value("name of a vma", lambda: self.vma_name(vma, mm, file)),
            "inode": int(inode.i_ino) if inode else None,
            "device": device(inode.i_sb.s_dev) if inode else None,
            "anon_vma": hex_of(vma.anon_vma),
        }

    def vma_name(self, vma, mm, file):
        return self.files.path(file.f_path) if file else self.names.of(vma, mm)

    def open_files(self, task):
        files = task.files.read_()
        if not files:
            return None
        key = hex_of(files)
        if key not in self.files_structs:
            self.files_structs[key] = self.files.table(task)
        return key


def arguments(task):
    """drgn's cmdline() does not know of titles that overwrote the last NUL and what follows (get_mm_proctitle())."""
    mm = task.mm.read_()
    start, end = (int(mm.arg_start), int(mm.arg_end)) if mm else (0, 0)
    if start < end and end == int(mm.env_start) and access_process_vm(task, end - 1, 1) != b"\0":
        return [access_process_vm(task, start, int(mm.env_end) - start).split(b"\0", 1)[0]]
    return cmdline(task)


def latin(strings):
    return None if strings is None else [string.decode("latin-1") for string in strings]


def digest(task, start, end):
    length = int(end) - int(start)
    return hashlib.sha256(access_process_vm(task, int(start), length)).hexdigest() if length > 0 else None

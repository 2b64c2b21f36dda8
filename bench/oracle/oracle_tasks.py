# Tasks, their memory and their files. What several tasks share is written once and referred to by its address.

import hashlib

from drgn import cast
from drgn.helpers.linux.mm import access_process_vm, cmdline, environ, for_each_vma
from drgn.helpers.linux.sched import task_state_to_char

from oracle_values import hex_of, text
from oracle_files import device
from page_walk import walk_pages

CREDENTIALS = ("uid", "gid", "euid", "egid", "suid", "sgid", "fsuid", "fsgid")


class Tasks:
    def __init__(self, prog, files, attempts):
        self.prog = prog
        self.files = files
        self.attempts = attempts
        self.mms = {}
        self.files_structs = {}

    def of(self, task):
        name = f"task {int(task.pid)}"
        facts = self.identity(task)
        for key, read in (
            ("ids", self.ids),
            ("credentials", self.credentials),
            ("fs", self.fs),
            ("command_line", lambda t: latin(cmdline(t))),
            ("environment", lambda t: latin(environ(t))),
        ):
            facts[key] = self.attempts.value(f"{name} {key}", lambda: read(task))
        facts["mm"] = self.attempts.value(f"{name} mm", lambda: self.mm(task))
        facts["files"] = self.attempts.value(f"{name} files", lambda: self.open_files(task))
        return facts

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
            "stack": hex_of(task.stack),
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
            "vmas": self.attempts.value(f"{name} vmas", lambda: [self.vma(vma) for vma in for_each_vma(mm)]),
            "pages": self.attempts.value(f"{name} pages", lambda: self.pages(mm)),
            "args_sha256": self.attempts.value(f"{name} args", lambda: digest(task, mm.arg_start, mm.env_end)),
        }

    def vma(self, vma):
        file = vma.vm_file.read_()
        inode = file.f_inode.read_() if file else None
        return {
            "address": hex_of(vma),
            "start": hex(int(vma.vm_start)),
            "end": hex(int(vma.vm_end)),
            "flags": hex(int(vma.vm_flags)),
            "pgoff": hex(int(vma.vm_pgoff)),
            "file": hex_of(file),
            "path": self.attempts.value("path of a vma", lambda: self.files.path(file.f_path)) if file else None,
            "inode": int(inode.i_ino) if inode else None,
            "device": device(inode.i_sb.s_dev) if inode else None,
            "special": self.special(vma),
            "anon_vma": hex_of(vma.anon_vma),
        }

    def special(self, vma):
        """[vdso] and the like (_install_special_mapping)."""
        if vma.vm_ops != self.prog["special_mapping_vmops"].address_of_():
            return None
        return text(cast("struct vm_special_mapping *", vma.vm_private_data).name)

    def pages(self, mm):
        """Counts, and a SHA-256 over (address, entry) of every used leaf entry as little-endian 64-bit pairs."""
        hasher = hashlib.sha256()
        counts = {"present": 0, "huge": 0, "not_present": 0}
        for run in walk_pages(self.prog, mm):
            for address, entry, size in run:
                hasher.update(address.to_bytes(8, "little") + entry.to_bytes(8, "little"))
                counts["not_present" if not entry & 0x101 else "present" if size == 4096 else "huge"] += 1
        return {**counts, "sha256": hasher.hexdigest()}

    def open_files(self, task):
        files = task.files.read_()
        if not files:
            return None
        key = hex_of(files)
        if key not in self.files_structs:
            self.files_structs[key] = self.files.table(task)
        return key


def latin(arguments):
    return None if arguments is None else [argument.decode("latin-1") for argument in arguments]


def digest(task, start, end):
    length = int(end) - int(start)
    return hashlib.sha256(access_process_vm(task, int(start), length)).hexdigest() if length > 0 else None

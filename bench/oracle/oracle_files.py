# Paths and open files. drgn's d_path does not know d_dname and "(deleted)", so what /proc prints is completed here.

from drgn import cast
from drgn.helpers.linux.fs import d_path, for_each_file, for_each_mount, mount_dst, mount_fstype, mount_src

from oracle_objects import Objects
from oracle_values import hex_of, text

NUMBERED = {"pipefs": "pipe", "sockfs": "socket"}


class Files:
    def __init__(self, prog, attempts):
        self.prog = prog
        self.attempts = attempts
        self.objects = Objects(prog)
        # Addresses of the sockets that descriptors refer to.
        self.sockets = set()
        self.sockfs_ops = prog["socket_file_ops"].address_of_()

    def path(self, path):
        """As /proc shows it; `path` is a struct path."""
        dentry = path.dentry.read_()
        if not dentry:
            return None
        named = self.dynamic_name(dentry)
        if named is not None:
            return named
        gone = " (deleted)" if self.unhashed(dentry) else ""
        return d_path(path).decode("latin-1") + gone

    def unhashed(self, dentry):
        """d_unlinked(): not in the hash, and not a root."""
        return not dentry.d_hash.pprev and dentry != dentry.d_parent

    def dynamic_name(self, dentry):
        """What the d_dname of the pseudo file systems makes (fs/d_path.c, fs/pipe.c, net/socket.c, fs/anon_inodes.c)."""
        d_op = dentry.d_op.read_()
        if not d_op or not d_op.d_dname:
            return None
        inode = dentry.d_inode.read_()
        fs_type = text(inode.i_sb.s_type.name)
        name = text(dentry.d_name.name)
        if fs_type == "nsfs":
            return f"{text(cast('struct ns_common *', inode.i_private).ops.name)}:[{int(inode.i_ino)}]"
        if fs_type == "pidfs":
            return "anon_inode:[pidfd]"
        if fs_type in NUMBERED:
            return f"{NUMBERED[fs_type]}:[{int(inode.i_ino)}]"
        if fs_type == "anon_inodefs":
            return f"anon_inode:{name}"
        return f"/{name} (deleted)"  # simple_dname: memfd, SysV shm, /dev/zero, hugetlbfs

    def file(self, file):
        inode = file.f_inode.read_()
        return {
            "address": hex_of(file),
            "path": self.attempts.value("path of a file", lambda: self.path(file.f_path)),
            "flags": oct(int(file.f_flags)),
            "offset": int(file.f_pos),
            "mode": hex(int(file.f_mode)),
            "inode": int(inode.i_ino) if inode else None,
            "inode_mode": oct(int(inode.i_mode)) if inode else None,
            "device": device(inode.i_sb.s_dev) if inode else None,
            "rdev": device(inode.i_rdev) if inode else None,
            "size": int(inode.i_size) if inode else None,
            "links": int(inode.i_nlink) if inode else None,
            "fs_type": text(inode.i_sb.s_type.name) if inode else None,
            "object": self.attempts.value("object of a file", lambda: self.objects.of(file)),
            "socket": self.attempts.value("socket of a file", lambda: self.socket(file)),
        }

    def socket(self, file):
        if file.f_op != self.sockfs_ops:
            return None
        sock = cast("struct socket *", file.private_data).sk.read_()
        if sock:
            self.sockets.add(int(sock))
        return hex_of(sock)

    def table(self, task):
        """The fd table: fd -> open file description."""
        fdt = task.files.fdt
        table = {}
        for fd, file in for_each_file(task):
            if not file:  # reserved by a system call that had not finished, such as accept(): /proc does not list it
                continue
            facts = self.attempts.value(f"task {int(task.pid)} fd {fd}", lambda: self.file(file))
            table[str(fd)] = {**(facts or {}), "close_on_exec": bit(fdt.close_on_exec, fd)}
        return table


def bit(words, index):
    return bool((int(words[index // 64]) >> (index % 64)) & 1)


def device(dev):
    number = int(dev)
    return f"{number >> 20}:{number & 0xFFFFF}"


def mount_facts(tasks):
    """Mounts by mount namespace, with the processes that live in it."""
    namespaces = {}
    for task in tasks:
        nsproxy = task.nsproxy.read_()
        if nsproxy:
            namespaces.setdefault(int(nsproxy.mnt_ns), (nsproxy.mnt_ns.read_(), []))[1].append(int(task.pid))
    return [
        {"namespace": hex(address), "pids": pids, "mounts": [mount_fact(mount) for mount in for_each_mount(ns)]}
        for address, (ns, pids) in namespaces.items()
    ]


def mount_fact(mount):
    return {
        "address": hex_of(mount),
        "id": int(mount.mnt_id),
        "parent": int(mount.mnt_parent.mnt_id),
        "device": device(mount.mnt.mnt_sb.s_dev),
        "root_name": text(mount.mnt.mnt_root.d_name.name),
        "point": mount_dst(mount).decode("latin-1"),
        "type": mount_fstype(mount).decode("latin-1"),
        "source": mount_src(mount).decode("latin-1"),
        "flags": hex(int(mount.mnt.mnt_flags)),
        "superblock_flags": hex(int(mount.mnt.mnt_sb.s_flags)),
    }


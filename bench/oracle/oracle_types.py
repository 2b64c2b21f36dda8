# Layouts from DWARF of the structures that the engine reads, so that offsets from BTF can be checked one by one.

from drgn import TypeKind

STRUCTURES = """
task_struct thread_info thread_struct signal_struct sighand_struct k_sigaction sigpending sigqueue cred group_info
user_struct user_namespace pid upid pid_namespace nsproxy uts_namespace new_utsname ipc_namespace net mnt_namespace
mm_struct vm_area_struct maple_tree maple_node maple_range_64 maple_arange_64 anon_vma anon_vma_name vm_special_mapping
page folio address_space xarray xa_node swap_info_struct
files_struct fdtable file inode dentry qstr path vfsmount mount mountpoint super_block file_system_type fs_struct
pipe_inode_info pipe_buffer socket sock socket_alloc sock_common inet_sock tcp_sock unix_sock sk_buff sk_buff_head
eventpoll epitem eventfd_ctx timerfd_ctx signalfd_ctx inotify_inode_mark fsnotify_mark tty_struct tty_driver ktermios
shmid_kernel kern_ipc_perm sem_array msg_queue k_itimer hrtimer timespec64 rlimit seccomp css_set cgroup kernfs_node
module module_layout module_memory mod_kallsyms printk_ringbuffer prb_desc_ring prb_desc prb_data_ring printk_info
printk_log rq cfs_rq pt_regs inactive_task_frame fpu fpstate xregs_state desc_struct timekeeper tk_read_base
list_head hlist_node rb_node rb_root resource kobject bin_attribute shmem_inode_info proc_inode block_device
""".split()


def type_facts(prog):
    """Structure -> size and members (anonymous ones flattened, as in C); null for one this kernel does not have."""
    return {name: structure(prog, name) for name in STRUCTURES}


def structure(prog, name):
    try:
        found = prog.type(f"struct {name}")
    except LookupError:
        return None
    if not found.is_complete():
        return None
    members = {}
    collect(found, 0, members)
    return {"size": found.size, "members": members}


def collect(type_, base, members):
    for member in type_.members:
        inner = strip(member.type)
        if member.name is None and inner.kind in (TypeKind.STRUCT, TypeKind.UNION):
            collect(inner, base + member.bit_offset, members)
        elif member.name is not None:
            bits = base + member.bit_offset
            fact = {"offset": bits // 8, "type": member.type.type_name()}
            if member.bit_field_size is not None:
                fact["bit"] = bits % 8
                fact["bits"] = member.bit_field_size
            members[member.name] = fact


def strip(type_):
    while type_.kind == TypeKind.TYPEDEF:
        type_ = type_.type
    return type_

# Every VMA with its path, and every open file's path, of every process.

from drgn.helpers.linux.fs import d_path, for_each_file
from drgn.helpers.linux.mm import for_each_vma
from drgn.helpers.linux.pid import for_each_task


def path_of(file):
    return d_path(file.f_path).decode("latin-1") if file else ""


for task in for_each_task(prog):
    mm = task.mm.read_()
    if task.pid != task.tgid or not mm:
        continue
    pid = task.pid.value_()
    for vma in for_each_vma(mm):
        start, end, flags = vma.vm_start.value_(), vma.vm_end.value_(), vma.vm_flags.value_()
        print(pid, f"{start:x}-{end:x} {flags:x}", path_of(vma.vm_file.read_()))
    for fd, file in for_each_file(task):
        print(pid, fd, path_of(file))

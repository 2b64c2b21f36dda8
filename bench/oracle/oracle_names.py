# The last column of /proc/PID/maps for memory without a file (get_vma_name() in fs/proc/task_mmu.c).

from drgn import cast

from oracle_values import text


class VmaNames:
    def __init__(self, prog):
        self.prog = prog
        self.special = prog["special_mapping_vmops"].address_of_()
        members = {member.name for member in prog.type("struct vm_area_struct").members}
        self.named = "anon_name" in members

    def of(self, vma, mm):
        if vma.vm_ops == self.special:
            return text(cast("struct vm_special_mapping *", vma.vm_private_data).name)
        start, end = int(vma.vm_start), int(vma.vm_end)
        if self.named and vma.anon_name:
            return f"[anon:{text(vma.anon_name.name)}]"
        if start < int(mm.brk) and end > int(mm.start_brk):
            return "[heap]"
        return "[stack]" if start <= int(mm.start_stack) <= end else ""

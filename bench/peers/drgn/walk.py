# Every used entry of every process's page tables, counted. Whole tables in one physical read, unpacked at once: drgn's
# own helpers translate one address at a time and would take a hundred times as long.

import struct

from drgn.helpers.linux.pid import for_each_task

TABLE = struct.Struct("<512Q")
FRAME = 0x000FFFFFFFFFF000
HUGE = 0x80
LEVELS = 5 if b"NUMBER(pgtable_l5_enabled)=1" in prog["VMCOREINFO"].string_() else 4
DIRECT_MAP = prog["page_offset_base"].value_()


def walk(table, level, used):
    entries = [entry for entry in TABLE.unpack(prog.read(table, 4096, True))[:used] if entry]
    if level == 1:
        present = sum([entry & 1 for entry in entries])
        return present, len(entries) - present
    present = absent = 0
    for entry in entries:
        if not entry & 1:
            absent += 1
        elif entry & HUGE:
            present += 1 << (9 * (level - 1))
        else:
            inner = walk(entry & FRAME, level - 1, 512)
            present += inner[0]
            absent += inner[1]
    return present, absent


for task in for_each_task(prog):
    mm = task.mm.read_()
    if task.pid == task.tgid and mm:
        # The upper half of the top table is the kernel's.
        print(task.pid.value_(), *walk(mm.pgd.value_() - DIRECT_MAP, LEVELS, 256))

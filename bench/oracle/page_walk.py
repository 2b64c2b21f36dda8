# A page-table walk as fast as drgn can do it: whole tables in one physical read each, unpacked at once, no objects.

import struct

TABLE = struct.Struct("<512Q")
FRAME = 0x000FFFFFFFFFF000
PRESENT = 1
HUGE = 0x80
LOW_HALF = 256
PROTNONE = 0x100
# Writable, accessed, dirty, as an entry of a page that is present has them.
BITS = 0x62
SAVED_DIRTY = 1 << 58
DIRTY = 0x40
SWAP_TYPE_SHIFT = 59
ALL = (1 << 64) - 1


def five_level(prog):
    return b"NUMBER(pgtable_l5_enabled)=1" in prog["VMCOREINFO"].string_()


def walk_pages(prog, mm):
    """Yields a list of (address, entry, bytes) for each last-level table, every entry that is not empty."""
    top = int(mm.pgd) - int(prog["page_offset_base"])
    yield from _walk(prog, top, 5 if five_level(prog) else 4, 0, LOW_HALF)


def _walk(prog, table, level, base, used):
    shift = 12 + 9 * (level - 1)
    entries = TABLE.unpack(prog.read(table, 4096, True))
    if level == 1:
        yield [(base + (i << 12), entry, 4096) for i, entry in enumerate(entries) if entry]
        return
    for i in range(used):
        entry = entries[i]
        if not entry:
            continue
        address = base + (i << shift)
        if entry & PRESENT and not entry & HUGE:
            yield from _walk(prog, entry & FRAME, level - 1, address, 512)
        else:
            yield [(address, entry, 1 << shift)]


def page_runs(prog, mm):
    """Neighbours with neighbouring frames as one: [address, bytes, frame, kind], kind as `P42`: present, and its bits."""
    runs = []
    last = None
    for table in walk_pages(prog, mm):
        for address, entry, size in table:
            kind, frame = decode(entry, size)
            if last and last[3] == kind and last[0] + last[1] == address and last[2] + (last[1] >> 12) == frame:
                last[1] += size
            else:
                last = [address, size, frame, kind]
                runs.append(last)
    return runs


def decode(entry, size):
    """Of a swap entry, frame is its offset on the device, and kind its type field (arch/x86/include/asm/pgtable_64.h)."""
    huge = "H" if size > 4096 else ""
    if entry & PRESENT:
        return f"P{bits(entry):x}{huge}", (entry & FRAME & -size) >> 12
    if entry & (PROTNONE | HUGE):  # its frame is stored inverted, against speculation
        return f"N{bits(entry):x}{huge}", (~entry & FRAME & -size) >> 12
    return f"S{entry >> SWAP_TYPE_SHIFT}{huge}", (~entry & ALL) << 5 >> 14 & (1 << 50) - 1


def bits(entry):
    return entry & BITS | (DIRTY if entry & SAVED_DIRTY else 0)

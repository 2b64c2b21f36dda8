# Kernel stacks by DWARF call frame information, and the user registers that they end in.
#
# drgn has no registers of a task that was on a CPU unless the vmcore has notes of them. Where the kernel itself left
# some (crash_notes, on its way into a crash kernel), they are used.

import struct

from drgn import Object
from drgn.helpers.linux.cpumask import for_each_possible_cpu
from drgn.helpers.linux.percpu import per_cpu_ptr
from drgn.helpers.linux.sched import cpu_curr



KERNEL_HALF = 1 << 63
NT_PRSTATUS = 1
NOTE_HEADER = struct.Struct("<III")
PRSTATUS_REGISTERS = 112
# drgn's names of registers, by those of struct pt_regs.
REGISTERS = {
    "r15": "r15", "r14": "r14", "r13": "r13", "r12": "r12", "bp": "rbp", "bx": "rbx", "r11": "r11", "r10": "r10",
    "r9": "r9", "r8": "r8", "ax": "rax", "cx": "rcx", "dx": "rdx", "si": "rsi", "di": "rdi", "ip": "rip", "sp": "rsp",
}  # fmt: skip


class Stacks:
    def __init__(self, prog):
        self.prog = prog
        self.running = {int(cpu_curr(prog, cpu)): cpu for cpu in for_each_possible_cpu(prog)}

    def of(self, task):
        """`frames` is null where drgn has no registers to begin with."""
        cpu = self.running.get(int(task))
        if not task.stack:
            return {"cpu": cpu, "frames": [], "user": None}
        trace = self.prog.stack_trace(task) if cpu is None else self.of_running(task, cpu)
        if trace is None:
            return {"cpu": cpu, "frames": None, "user": None}
        kernel = [frame for frame in trace if frame.pc >= KERNEL_HALF]
        return {"cpu": cpu, "frames": calls(self.prog, kernel), "user": self.user_registers(trace)}

    def of_running(self, task, cpu):
        try:
            return self.prog.stack_trace(task)
        except (ValueError, LookupError):
            registers = self.crash_note(cpu)
            return None if registers is None else self.prog.stack_trace(registers)

    def crash_note(self, cpu):
        """crash_save_cpu(): an ELF note with the registers of the CPU; none where it never came to that."""
        notes = self.prog["crash_notes"].read_()
        if not notes:
            return None
        at = int(per_cpu_ptr(notes, cpu))
        name_size, size, kind = NOTE_HEADER.unpack(self.prog.read(at, NOTE_HEADER.size))
        regs_type = self.prog.type("struct pt_regs")
        if kind != NT_PRSTATUS or size < PRSTATUS_REGISTERS + regs_type.size:
            return None
        registers = at + NOTE_HEADER.size + (name_size + 3 & ~3) + PRSTATUS_REGISTERS
        return Object(self.prog, regs_type, address=registers)

    def user_registers(self, trace):
        """Those that the last step of the unwinding found, in the frame of user mode."""
        last = trace[len(trace) - 1] if len(trace) else None
        if last is None or last.pc >= KERNEL_HALF:
            return None
        values = last.registers()
        return {name: hex(values[theirs]) for name, theirs in REGISTERS.items() if theirs in values}


def calls(prog, frames):
    """One for each call: drgn shows inlined functions as frames of their own, with the address of the call around them."""
    found = []
    for frame in frames:
        if found and found[-1]["sp"] == frame.sp and found[-1]["pc"] == hex(frame.pc):
            found[-1]["inlined"].append(found[-1]["function"])
            found[-1]["function"] = frame.name
            continue
        found.append({
            "pc": hex(frame.pc),
            "sp": frame.sp,
            "function": frame.name,
            "symbol": symbol_of(frame),
            "interrupted": frame.interrupted,
            "inlined": [],
        })  # fmt: skip
    for call in found:
        del call["sp"]
    return found


def symbol_of(frame):
    try:
        return frame.symbol().name
    except LookupError:
        return None

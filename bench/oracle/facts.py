# What drgn, with full debuginfo, finds in the dump: the independent oracle that our engine is compared with.
#
#   drgn -c VMCORE facts.py > facts.json
#
# One document on stdout. Addresses and 64-bit values are hexadecimal strings, since JSON's numbers lose their low
# bits; paths and names are latin-1, one character for a byte. A fact that drgn cannot read is null, and `faults` says why.

import json
import sys

from drgn import SymbolKind
from drgn.helpers.linux.module import for_each_module, module_address_regions
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.printk import get_printk_records
from drgn.helpers.linux.cpumask import for_each_online_cpu, for_each_present_cpu
from drgn.helpers.linux.sched import idle_task

from oracle_files import Files, mount_facts
from oracle_devices import device_facts
from oracle_sockets import socket_facts
from oracle_tasks import Tasks
from oracle_types import type_facts
from oracle_values import Attempts, hex_of, text
from page_walk import five_level

# Every 31st function and object, by address: enough to catch a token or a base that was decoded wrongly.
SYMBOL_STRIDE = 31
NAMED = (SymbolKind.FUNC, SymbolKind.OBJECT)


def system_facts():
    uts = prog["init_uts_ns"].name
    return {
        "release": text(uts.release),
        "version": text(uts.version),
        "machine": text(uts.machine),
        "nodename": text(uts.nodename),
        "command_line": text(prog["saved_command_line"]),
        "vmcoreinfo": prog["VMCOREINFO"].string_().decode(),
        "five_level": five_level(prog),
        "page_offset_base": hex_of(prog["page_offset_base"]),
        "vmemmap_base": hex_of(prog["vmemmap_base"]),
        "vmalloc_base": hex_of(prog["vmalloc_base"]),
        "jiffies": hex_of(prog["jiffies_64"]),
        "present_cpus": list(for_each_present_cpu(prog)),
        "online_cpus": list(for_each_online_cpu(prog)),  # a panic takes the others offline
        "panic_cpu": panic_cpu(),
    }


def panic_cpu():
    value = prog["panic_cpu"]
    return int(value.counter) if value.type_.kind.name in ("STRUCT", "TYPEDEF") else int(value)


def module_facts():
    return [
        {
            "name": text(module.name),
            "address": hex_of(module),
            "state": int(module.state),
            "regions": [{"start": hex(start), "size": size} for start, size in module_address_regions(module)],
        }
        for module in for_each_module(prog)
    ]


def symbol_facts():
    start, end = (prog.symbol(name).address for name in ("_stext", "_end"))
    found = [symbol for symbol in prog.symbols() if start <= symbol.address < end and symbol.kind in NAMED]
    ordered = sorted({(symbol.address, symbol.name) for symbol in found})
    return {"total": len(ordered), "sample": [[hex(address), name] for address, name in ordered[::SYMBOL_STRIDE]]}


def dmesg_facts():
    return [
        {"seq": record.seq, "nanoseconds": record.timestamp, "level": record.level, "text": record.text.decode("latin-1")}
        for record in get_printk_records(prog)
    ]


def main():
    attempts = Attempts()
    files = Files(prog, attempts)
    tasks = Tasks(prog, files, attempts)
    everyone = list(for_each_task(prog))
    facts = {
        "system": attempts.value("system", system_facts),
        "tasks": [tasks.of(task) for task in everyone],
        "idle": [tasks.of_idle(idle_task(prog, cpu)) for cpu in for_each_present_cpu(prog)],
        "mms": tasks.mms,
        "files_structs": tasks.files_structs,
        "objects": files.objects.found,
        "sockets": attempts.value("sockets", lambda: socket_facts(prog, attempts, files.sockets)),
        "devices": attempts.value("network devices", lambda: device_facts(prog)),
        "mounts": attempts.value("mounts", lambda: mount_facts(everyone)),
        "modules": attempts.value("modules", module_facts),
        "symbols": attempts.value("symbols", symbol_facts),
        "dmesg": attempts.value("dmesg", dmesg_facts),
        "types": type_facts(prog),
    }
    facts["faults"] = attempts.faults
    json.dump(facts, sys.stdout)


main()

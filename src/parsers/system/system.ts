// The machine as a whole: what uname, /proc/cmdline, /proc/cpuinfo, /proc/meminfo, /proc/loadavg, /proc/uptime and the
// panic said. Each part is read by itself, so that one that cannot be read costs only itself.

import type { Clock, LogRecord, System } from '../../snapshot/system.js';
import type { Kernel } from '../kernel/kernel.js';
import { readClock } from './clock.js';
import { readLog } from './log/log.js';
import { NO_MEMORY, readMemory } from './memory.js';
import { readPanic } from './panic.js';
import { readTaint } from './taint.js';

const UTS = {
  hostname: 'name.nodename',
  release: 'name.release',
  version: 'name.version',
  machine: 'name.machine',
  domainname: 'name.domainname',
} as const;
const CPU = { model: 'x86_model_id' } as const;
const RESOURCE = { start: 'start', end: 'end' } as const;
const UTS_BYTES = 65;
const MODEL_BYTES = 64;
/** COMMAND_LINE_SIZE is 2 KiB; saved_command_line also holds what bootconfig adds. */
const COMMAND_LINE_BYTES = 64 << 10;
/** Fixed point of avenrun: FSHIFT bits behind the point, half a hundredth added before it is cut. */
const LOAD_ONE = 2048;
const LOAD_ROUNDING = LOAD_ONE / 200;
/** kexec's reservations: the big one, and the one below 4 GiB that goes with it. */
const RESERVATIONS = ['crashk_res', 'crashk_low_res'];

/** `stacks`: with the backtrace of the panic. */
export function readSystem(
  kernel: Kernel,
  log: readonly LogRecord[] = readLog(kernel),
  clock: Clock = clockAtDeath(kernel, log),
  stacks = true,
): System {
  const { faults, location } = kernel;
  const uts = faults.guard('init_uts_ns', () => readUts(kernel), null);
  return {
    release: uts?.release ?? location.release,
    version: uts?.version ?? '',
    machine: uts?.machine ?? '',
    hostname: uts?.hostname ?? '',
    domainname: uts?.domainname ?? '',
    buildId: location.buildId,
    commandLine: faults.guard('command line', () => readCommandLine(kernel), ''),
    panic: readPanic(kernel, log, stacks),
    clock,
    cpus: readCpus(kernel),
    memory: faults.guard('memory', () => readMemory(kernel), NO_MEMORY),
    crashReservations: faults.guard('crash kernel', () => readReservations(kernel), []),
    loadAverage: faults.guard('load average', () => readLoad(kernel), [0, 0, 0]),
    taint: faults.guard('taint', () => readTaint(kernel), { bits: 0, text: '' }),
  };
}

/** Nothing of it where its structures cannot be read. */
export function clockAtDeath(kernel: Kernel, log: readonly LogRecord[]): Clock {
  return kernel.faults.guard('clock', () => readClock(kernel, log), {
    uptime: 0,
    wall: null,
    realtimeNs: null,
    monotonicNs: null,
    boottimeNs: null,
  });
}

type Uts = Pick<System, 'release' | 'version' | 'machine' | 'hostname' | 'domainname'>;

function readUts(kernel: Kernel): Uts {
  const names = kernel.symbol('init_uts_ns');
  const at = kernel.layout('uts_namespace', UTS);
  const text = (offset: number) => kernel.mem.cstr(names, offset, UTS_BYTES);
  return {
    release: text(at.release),
    version: text(at.version),
    machine: text(at.machine),
    hostname: text(at.hostname),
    domainname: text(at.domainname),
  };
}

function readCommandLine({ mem, ...kernel }: Kernel): string {
  const pointer = kernel.symbols.address('saved_command_line');
  if (pointer !== undefined) return mem.cstr(mem.ptr(pointer), 0, COMMAND_LINE_BYTES);
  const early = kernel.symbols.address('boot_command_line');
  return early === undefined ? '' : mem.cstr(early, 0, COMMAND_LINE_BYTES);
}

/** A panicking CPU takes the others out of the online mask; they stay active. */
function readCpus(kernel: Kernel): System['cpus'] {
  const { mem, faults } = kernel;
  const cpus = (mask: string) => faults.guard(mask, () => kernel.cpus.mask(mask), []);
  const model = () =>
    mem.cstr(kernel.symbol('boot_cpu_data'), kernel.layout('cpuinfo_x86', CPU).model, MODEL_BYTES);
  return {
    possible: cpus('__cpu_possible_mask').length,
    present: cpus('__cpu_present_mask').length,
    online: new Set([...cpus('__cpu_online_mask'), ...cpus('__cpu_active_mask')]).size,
    model: faults.guard('CPU model', () => model().trim() || null, null),
  };
}

function readReservations(kernel: Kernel): System['crashReservations'] {
  const { mem, symbols } = kernel;
  const at = kernel.layout('resource', RESOURCE);
  return RESERVATIONS.flatMap((name) => {
    const resource = symbols.address(name);
    const end = resource === undefined ? 0 : mem.nat(resource, at.end);
    return resource === undefined || end === 0
      ? []
      : [{ name, start: mem.nat(resource, at.start), end: end + 1 }];
  });
}

/** As /proc/loadavg prints them, two digits cut. */
function readLoad(kernel: Kernel): [number, number, number] {
  const averages = kernel.symbol('avenrun');
  const load = (n: number) =>
    Math.floor(((kernel.mem.nat(averages, n * 8) + LOAD_ROUNDING) / LOAD_ONE) * 100) / 100;
  return [load(0), load(1), load(2)];
}

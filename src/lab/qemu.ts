// How a guest is started: QEMU's arguments, and what it may be asked.

import { UsageError } from '../base/error.js';
import type { Guest } from './build.js';

export const MACHINES = ['q35', 'pc'] as const;
export type MachineType = (typeof MACHINES)[number];

/**
 * `sysrq` is the recorder's own doing; `nmi` comes from outside, as a watchdog's would; `kexec` is `sysrq` with a crash
 * kernel loaded, which then runs in its reservation until it dies of having no root.
 */
export const PANICS = ['sysrq', 'nmi', 'kexec'] as const;
export type PanicWay = (typeof PANICS)[number];

export interface MachineOptions {
  readonly ramBytes: number;
  readonly cpus: number;
  readonly machine: MachineType;
  readonly cpu: string;
  readonly kvm: boolean;
  /** More kernel arguments. */
  readonly append: string;
  readonly workloads: readonly string[];
  /** `resurrect`: what is on its kit disk arms the guest, and says how it is to panic. */
  readonly panic: PanicWay | 'resurrect';
}

/** A processor with four-level paging and nothing that is slow to emulate. */
export const DEFAULT_CPU = 'Nehalem';

/**
 * Emulated processors go without cmpxchg16b unless asked for by name: QEMU 7.2 now and then corrupts the guest's
 * flags and registers in it, kernels use it in every allocation, and most guests died of that before they were up.
 */
export function cpuModel(options: Pick<MachineOptions, 'cpu' | 'kvm'>): string {
  return options.kvm || options.cpu.includes('cx16') ? options.cpu : `${options.cpu},-cx16`;
}

export const DEFAULT_MACHINE: MachineOptions = {
  ramBytes: 1 << 30,
  cpus: 2,
  machine: 'q35',
  cpu: DEFAULT_CPU,
  kvm: false,
  append: '',
  workloads: ['editors', 'servers', 'zoo'],
  panic: 'sysrq',
};

/** `1G`, `768M`, `4096M` … to bytes; QEMU wants RAM in whole MiB. */
export function parseSize(text: string): number {
  const match = /^(\d+)([MG])(i?B)?$/i.exec(text);
  const bytes = match ? Number(match[1]) * (match[2]?.toUpperCase() === 'G' ? 1 << 30 : 1 << 20) : 0;
  if (bytes < 256 << 20)
    throw new UsageError(`'${text}' is no size of RAM`, 'give it like 1G or 768M; 256M at least');
  return bytes;
}

/** The crash kernel unpacks itself, and runs, in it, with all who are resurrected. */
const CRASH_MEMORY = { kexec: '192M', resurrect: '256M' } as const;
const CRASH_MEMORY_OF_VICTIMS = '384M';

function crashMemory({ panic, workloads }: MachineOptions): string | undefined {
  if (panic === 'resurrect' && workloads.includes('victims')) return CRASH_MEMORY_OF_VICTIMS;
  return (CRASH_MEMORY as Readonly<Record<string, string>>)[panic];
}

export function kernelArguments(options: MachineOptions): string {
  const { panic } = options;
  const reserve = options.append.includes('crashkernel=') ? undefined : crashMemory(options);
  return [
    'console=ttyS0 panic=0 oops=panic',
    `ow.work=${options.workloads.join(',')} ow.panic=${panic}`,
    ...(reserve ? [`crashkernel=${reserve}`] : []),
    options.append,
  ]
    .join(' ')
    .trim();
}

export interface MachineFiles {
  /** The guest's RAM, which is the dump. */
  readonly ram: string;
  readonly truth: string;
  readonly swap: string;
  readonly console: string;
  readonly qmp: string;
  /** What has been written to the root disk, as qcow2; without, that is forgotten at the end. */
  readonly overlay?: string;
  /** Goes on from a state that was saved: it waits to be told of it. */
  readonly incoming?: boolean;
  readonly resurrect?: ResurrectFiles;
}

/** What more a guest has that is to be resurrected. */
export interface ResurrectFiles {
  readonly kit: string;
  /** Socket: of the port to the executor. */
  readonly port: string;
}

/** As guest and guard know it: /sys/class/virtio-ports/NAME/name. */
export const PORT_NAME = 'otherworld.0';

const drive = (file: string, id: string, more = '', format = 'raw') =>
  [
    '-drive',
    `file=${file},format=${format},if=none,id=${id}${more}`,
    '-device',
    `virtio-blk-pci,drive=${id}`,
  ] as const;

/**
 * A guest that is typed at has QEMU's own standard input and output for a console; the output is the console's file. Not a
 * socket with a log: QEMU logs what the socket had no room for, too, and again when it is sent (chardev/char.c).
 */
function serial(files: MachineFiles): readonly string[] {
  if (!files.resurrect) return ['-serial', `file:${files.console}`];
  return ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'];
}

/**
 * The fourth disk, and the port. The real-time clock stands still with the machine: a guest that was kept while it was
 * ready would else find that an hour went by between its panic and its crash kernel.
 */
function resurrection({ kit, port }: ResurrectFiles): readonly string[] {
  return [
    ...['-rtc', 'base=utc,clock=vm'],
    ...drive(kit, 'kit', ',readonly=on'),
    ...['-device', 'virtio-serial-pci'],
    ...['-chardev', `socket,id=otherworld,path=${port},server=on,wait=off`],
    ...['-device', `virtserialport,chardev=otherworld,name=${PORT_NAME}`],
  ];
}

export function qemuArguments(guest: Guest, files: MachineFiles, options: MachineOptions): string[] {
  return [
    ...['-accel', options.kvm ? 'kvm' : 'tcg,thread=multi'],
    ...['-cpu', cpuModel(options)],
    ...['-smp', String(options.cpus)],
    ...['-m', `${Math.floor(options.ramBytes / 2 ** 20)}M`],
    ...['-object', `memory-backend-file,id=ram,size=${options.ramBytes},mem-path=${files.ram},share=on`],
    ...['-machine', `${options.machine},memory-backend=ram`],
    '-nodefaults',
    ...['-display', 'none'],
    '-no-reboot',
    ...serial(files),
    ...['-qmp', `unix:${files.qmp},server=on,wait=off`],
    ...['-device', 'vmcoreinfo'],
    ...['-kernel', guest.kernel],
    ...['-initrd', guest.initramfs],
    ...['-append', kernelArguments(options)],
    // The order makes them vda, vdb and vdc. The cached disk is never written to.
    ...(files.overlay
      ? drive(files.overlay, 'root', '', 'qcow2')
      : drive(guest.disk, 'root', ',snapshot=on')),
    ...drive(files.truth, 'truth'),
    ...drive(files.swap, 'swap'),
    ...(files.resurrect ? resurrection(files.resurrect) : []),
    ...(files.incoming ? ['-incoming', 'defer'] : []),
  ];
}

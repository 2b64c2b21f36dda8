// `ow lab build` and `ow lab capture`: guests made from the Debian archive, and their memory in a panic.

import { type Command, Option } from 'commander';
import { UsageError } from '../../base/error.js';
import { buildGuest } from '../../lab/build.js';
import { captureGuest } from '../../lab/capture.js';
import {
  DEFAULT_MACHINE,
  MACHINES,
  type MachineType,
  PANICS,
  type PanicWay,
  parseSize,
} from '../../lab/qemu.js';
import {
  DEFAULT_MIRROR,
  FLAVOURS,
  parseFlavour,
  parseSuite,
  parseWorkloads,
  SUITES,
} from '../../lab/suites.js';
import { printable } from '../render/units.js';

export interface BuildFlags {
  readonly suite: string;
  readonly flavour: string;
  readonly kernel?: string;
  readonly mirror: string;
  readonly cache?: string;
}

export interface CaptureFlags extends BuildFlags {
  readonly out: string;
  readonly work: string;
  readonly ram: string;
  readonly cpus: string;
  readonly cpu?: string;
  readonly machine: MachineType;
  readonly append: string;
  readonly panic: PanicWay;
  readonly elf?: boolean;
  readonly kdump?: boolean;
  readonly kvm?: boolean;
  readonly timeout: string;
}

export const say = (message: string) =>
  process.stderr.write(`${message.split('\n').map(printable).join('\n')}\n`);

export function wholeNumber(text: string, flag: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${flag} ${text}: not a positive whole number`);
  return value;
}

export function guestOptions(flags: BuildFlags) {
  return {
    suite: parseSuite(flags.suite),
    flavour: parseFlavour(flags.flavour),
    mirror: flags.mirror,
    onProgress: say,
    ...(flags.kernel === undefined ? {} : { kernelPackage: flags.kernel }),
    ...(flags.cache === undefined ? {} : { cacheDir: flags.cache }),
  };
}

async function build(flags: BuildFlags): Promise<void> {
  const guest = await buildGuest(guestOptions(flags));
  process.stdout.write(`${guest.dir}\n`);
}

export function machineOptions(flags: CaptureFlags) {
  // KVM runs the host's processor; what the emulation cannot do is no matter there.
  const cpu = flags.cpu ?? (flags.kvm ? 'host' : DEFAULT_MACHINE.cpu);
  return {
    ramBytes: parseSize(flags.ram),
    cpus: wholeNumber(flags.cpus, '--cpus'),
    machine: flags.machine,
    cpu,
    kvm: flags.kvm ?? false,
    append: flags.append,
    workloads: parseWorkloads(flags.work),
    panic: flags.panic,
  };
}

async function capture(flags: CaptureFlags): Promise<void> {
  await captureGuest({
    ...guestOptions(flags),
    out: flags.out,
    machine: machineOptions(flags),
    elf: flags.elf ?? false,
    kdump: flags.kdump ?? false,
    timeoutSeconds: wholeNumber(flags.timeout, '--timeout'),
  });
  process.stdout.write(`${flags.out}\n`);
}

/** The options that say which guest. */
export function withGuestOptions(command: Command): Command {
  return command
    .requiredOption('--suite <suite>', `Debian suite: ${SUITES.join(', ')}`)
    .option('--flavour <flavour>', `kernel flavour: ${Object.keys(FLAVOURS).join(', ')}`, 'cloud')
    .option('--kernel <package>', "another kernel package than the flavour's")
    .option('--mirror <url>', 'Debian archive', DEFAULT_MIRROR)
    .option('--cache <dir>', 'where guests are kept (default: XDG_CACHE_HOME/otherworld/lab)');
}

function registerBuild(lab: Command): void {
  withGuestOptions(lab.command('build'))
    .description('make a guest disk; prints its folder')
    .action((flags: BuildFlags) => build(flags));
}

function registerCapture(lab: Command): void {
  withGuestOptions(lab.command('capture'))
    .description('boot a guest, run workloads, record the truth, panic it; leaves dump.raw and truth.json')
    .requiredOption('-o, --out <dir>', 'folder of the capture; an earlier capture there is replaced')
    .option('--work <list>', 'workloads, separated by commas', DEFAULT_MACHINE.workloads.join(','))
    .option('--ram <size>', 'RAM, such as 1G or 4G', '1G')
    .option('--cpus <n>', 'processors', String(DEFAULT_MACHINE.cpus))
    .option('--cpu <model>', `processor model, as for QEMU's -cpu (default: ${DEFAULT_MACHINE.cpu})`)
    .addOption(new Option('--machine <type>', 'machine type').choices([...MACHINES]).default('q35'))
    .option('--append <args>', 'more kernel arguments', '')
    .addOption(new Option('--panic <way>', 'how the guest dies').choices([...PANICS]).default('sysrq'))
    .option('--elf', 'also dump.elf, an ELF vmcore written by QEMU')
    .option('--kdump', 'also dump.kdump, compressed, written by QEMU')
    .option('--kvm', 'hardware virtualisation instead of emulation')
    .option('--timeout <seconds>', 'how long the guest may take until its panic', '900')
    .action((flags: CaptureFlags) => capture(flags));
}

/** Adds `build` and `capture` to the `lab` command of a program. */
export function registerLab(program: Command): Command {
  const found = program.commands.find((command) => command.name() === 'lab');
  const lab = found ?? program.command('lab').description('real guests: build them, capture them in a panic');
  registerBuild(lab);
  registerCapture(lab);
  return lab;
}

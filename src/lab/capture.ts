// Boots a guest with its RAM in a file, lets it record the truth and panic, and leaves the file as the dump.

import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, buildGuest, type Guest } from './build.js';
import { CAPTURE_PROGRAMS, requirePrograms, run } from './host.js';
import { type Machine, machineFailure, sparse, startMachine, stopMachine } from './machine.js';
import { makeTruth, rawPages } from './make-truth.js';
import { checkTarget, intoFolder } from './output-folder.js';
import { cpuModel, DEFAULT_MACHINE, type MachineFiles, type MachineOptions, qemuArguments } from './qemu.js';
import { Qmp } from './qmp.js';
import { checkAgreement, frameReader } from './ram.js';
import { readTruthDisk } from './stream.js';
import type { MachineTruth } from './truth.js';

export interface CaptureOptions extends BuildOptions {
  readonly out: string;
  readonly machine?: Partial<MachineOptions>;
  /** Also dump.elf, written by QEMU. */
  readonly elf?: boolean;
  /** Also dump.kdump, compressed (zlib), written by QEMU. */
  readonly kdump?: boolean;
  /** Also early.raw: memory as it was between the two passes of the recording, while the guest was running. */
  readonly early?: boolean;
  readonly timeoutSeconds?: number;
}

const TRUTH_DISK = 2 ** 31; // sparse
const SWAP_DISK = 2 ** 27;
const DEFAULT_TIMEOUT = 900;
/** A crash kernel that hangs has died too. */
const CRASH_KERNEL_SECONDS = 90;

function makeFiles(dir: string, sockets: string, ramBytes: number): MachineFiles {
  return {
    ram: sparse(join(dir, 'dump.raw'), ramBytes),
    truth: sparse(join(dir, 'truth.disk'), TRUTH_DISK),
    swap: sparse(join(dir, 'swap.raw'), SWAP_DISK),
    console: join(dir, 'console.log'),
    qmp: join(sockets, 'qmp'),
  };
}

const failure = (machine: Machine, why: string) => machineFailure(machine, 'capture', why);

/** The guest stands still meanwhile, and its clocks. */
async function copyMemory(qmp: Qmp, ram: string, to: string): Promise<void> {
  await qmp.execute('stop');
  await run('cp', ['--sparse=always', '--reflink=auto', ram, to]);
  await qmp.execute('cont');
}

/** Until the guest has recorded the truth and died. */
async function waitForDeath(
  machine: Machine,
  qmp: Qmp,
  early: string | null,
  timeoutSeconds: number,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  let struck = false;
  let wanted = early;
  let dying = Number.POSITIVE_INFINITY;
  for (;;) {
    const state = machine.console.look();
    if (state.kind === 'dying') dying = Math.min(dying, Date.now());
    if (state.kind === 'dead' || Date.now() > dying + CRASH_KERNEL_SECONDS * 1000) return;
    if (state.kind === 'failed') throw failure(machine, state.why);
    if (state.kind === 'waiting-for-nmi' && !struck) {
      struck = true;
      await sleep(1000);
      await qmp.execute('inject-nmi');
    }
    if (wanted !== null && machine.console.text().includes('ow: pass 1')) {
      await copyMemory(qmp, machine.files.ram, wanted);
      wanted = null;
    }
    if (machine.ended) throw failure(machine, 'QEMU ended before the guest panicked');
    if (Date.now() > deadline) throw failure(machine, `no panic within ${timeoutSeconds} s (--timeout)`);
    await sleep(100);
  }
}

async function describe(qmp: Qmp, guest: Guest, options: MachineOptions): Promise<MachineTruth> {
  const version = (await qmp.execute('query-version')) as { qemu: Record<string, number> };
  const { major, minor, micro } = version.qemu;
  return {
    suite: guest.spec.suite,
    flavour: guest.spec.flavour,
    kernel: guest.release,
    qemu: `${major}.${minor}.${micro}`,
    accelerator: options.kvm ? 'kvm' : 'tcg',
    machine: options.machine,
    cpu: cpuModel(options),
    cpus: options.cpus,
    ramBytes: options.ramBytes,
    append: options.append,
    workloads: options.workloads,
    registers: await qmp.monitor('info registers -a'),
    memoryTree: await qmp.monitor('info mtree -f'),
  };
}

async function writeDumps(qmp: Qmp, dir: string, options: CaptureOptions): Promise<void> {
  const dump = (name: string, format: string) =>
    qmp.execute('dump-guest-memory', { paging: false, protocol: `file:${join(dir, name)}`, format });
  if (options.elf) await dump('dump.elf', 'elf');
  if (options.kdump) await dump('dump.kdump', 'kdump-zlib');
}

/** truth.json and kallsyms.txt.gz from the truth disk; then that goes, and the swap disk if nobody swapped on it. */
function writeTruth(files: MachineFiles, dir: string, machine: MachineTruth, options: MachineOptions): void {
  const recording = readTruthDisk(files.truth);
  const ram = openSync(files.ram, 'r');
  const truth = makeTruth(recording, machine, frameReader(ram, options.machine, options.ramBytes));
  closeSync(ram);
  checkAgreement(rawPages(recording.second), truth.pages?.unstableFrames ?? []);
  writeFileSync(join(dir, 'truth.json'), `${JSON.stringify(truth)}\n`);
  const kallsyms = recording.stable.get('s/proc/kallsyms');
  if (kallsyms) writeFileSync(join(dir, 'kallsyms.txt.gz'), gzipSync(kallsyms));
  rmSync(files.truth);
  if (!isSwap(files.swap)) rmSync(files.swap);
}

/** Whether a disk begins with the page that mkswap(8) writes. */
function isSwap(path: string): boolean {
  const magic = Buffer.alloc(10);
  const fd = openSync(path, 'r');
  readSync(fd, magic, 0, magic.length, 4096 - magic.length);
  closeSync(fd);
  return magic.toString('latin1') === 'SWAPSPACE2';
}

/** QEMU writes zeros as data, and its own dumps unreadable for others. */
async function makeSparse(dir: string, say: (line: string) => void): Promise<void> {
  for (const name of readdirSync(dir).filter((one) => one.startsWith('dump.') || one === 'swap.raw')) {
    chmodSync(join(dir, name), 0o644);
    await run('fallocate', ['--dig-holes', join(dir, name)]).catch(() =>
      say(`note: ${name} could not be made sparse`),
    );
  }
}

/** From power-on to the files of the capture; the machine is stopped by the caller, whatever happens. */
async function live(machine: Machine, guest: Guest, dir: string, options: CaptureOptions): Promise<void> {
  const say = options.onProgress ?? (() => {});
  const machineOptions = { ...DEFAULT_MACHINE, ...options.machine };
  machine.qmp = await Qmp.connect(machine.files.qmp, () => !machine.ended).catch((error: Error) => {
    throw failure(machine, error.message);
  });
  const early = options.early ? join(dir, 'early.raw') : null;
  await waitForDeath(machine, machine.qmp, early, options.timeoutSeconds ?? DEFAULT_TIMEOUT);
  await machine.qmp.execute('stop');
  const described = await describe(machine.qmp, guest, machineOptions);
  say('guest: dead; writing');
  await writeDumps(machine.qmp, dir, options);
  await stopMachine(machine);
  writeTruth(machine.files, dir, described, machineOptions);
  await makeSparse(dir, say);
}

async function captureInto(dir: string, guest: Guest, options: CaptureOptions): Promise<void> {
  const machineOptions = { ...DEFAULT_MACHINE, ...options.machine };
  const sockets = mkdtempSync(join(tmpdir(), 'ow-lab-')); // a socket's path may not be long
  const files = makeFiles(dir, sockets, machineOptions.ramBytes);
  const tell = (line: string) => options.onProgress?.(`guest: ${line}`);
  const machine = startMachine(files, qemuArguments(guest, files, machineOptions), tell);
  const kill = () => machine.child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    await live(machine, guest, dir, options);
  } finally {
    await stopMachine(machine);
    process.removeListener('exit', kill);
    rmSync(sockets, { recursive: true, force: true });
  }
}

export async function captureGuest(options: CaptureOptions): Promise<Guest> {
  const out = resolve(options.out);
  checkTarget(out, 'capture', 'truth.json');
  requirePrograms(CAPTURE_PROGRAMS);
  const guest = await buildGuest(options);
  await intoFolder(out, (dir) => captureInto(dir, guest, options));
  return guest;
}

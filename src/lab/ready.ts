// The state of a guest whose workloads are at work, kept: a trial goes on from it in a second or two, where booting and
// starting everything takes half a minute. RAM is a file anyway; what QEMU has beside it is a migration stream of a few
// hundred KiB (the capability x-ignore-shared leaves the RAM out of it).

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemError } from '../base/error.js';
import type { Guest } from './build.js';
import { interruptible, requirePrograms, run, searchPath } from './host.js';
import { withLock } from './lock.js';
import { type Machine, machineFailure, sparse, startMachine, stopMachine } from './machine.js';
import { type MachineFiles, type MachineOptions, qemuArguments } from './qemu.js';
import { Qmp } from './qmp.js';
import { defaultCacheDir, digest } from './recipe.js';
import { runState } from './run-console.js';
import { makeWorkDisk, workDigest } from './work.js';

export interface ReadyOptions {
  readonly cacheDir?: string;
  readonly timeoutSeconds: number;
  readonly onProgress?: (line: string) => void;
}

/** Files of a guest that is ready, for trials to copy. */
export interface ReadyState {
  readonly dir: string;
}

/** Raise when the way of making changes though none of the inputs do. */
const RECIPE_VERSION = 2;
const PROGRAMS = ['qemu-system-x86_64', 'qemu-img', 'flock'] as const;
/** Has the guest's init wait, when all is at work, until it is told to go on. */
export const WAIT = 'ow.ready=wait';
/** For the workloads to come to rest. */
const SETTLE_MILLISECONDS = 2000;
const [RAM, OVERLAY, SWAP, STREAM, KIT] = ['ram', 'root.qcow2', 'swap', 'stream', 'kit'] as const;

function qemuVersion(): string {
  const env = { ...process.env, PATH: searchPath() };
  return execFileSync('qemu-system-x86_64', ['--version'], { env, encoding: 'utf8' });
}

function keyOf(guest: Guest, machine: MachineOptions): string {
  const parts = [basename(guest.dir), JSON.stringify(machine), qemuVersion(), workDigest(machine.workloads)];
  return `${guest.spec.suite}-${guest.spec.flavour}-${digest([String(RECIPE_VERSION), ...parts])}`;
}

const copySparse = (from: string, to: string) => run('cp', ['--sparse=always', '--reflink=auto', from, to]);

/** An empty layer on a disk: what is written goes there. */
export const layer = (on: string, format: 'raw' | 'qcow2', file: string) =>
  run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', on, '-F', format, file]);

/** The RAM, the disks and the kit's place of a machine that is to become ready. */
async function newFiles(
  guest: Guest,
  dir: string,
  sockets: string,
  machine: MachineOptions,
): Promise<MachineFiles> {
  await layer(guest.disk, 'raw', join(dir, OVERLAY));
  await makeWorkDisk(join(dir, KIT), machine.workloads);
  return {
    ram: sparse(join(dir, RAM), machine.ramBytes),
    truth: sparse(join(dir, 'truth'), 2 ** 31),
    swap: sparse(join(dir, SWAP), 2 ** 27),
    overlay: join(dir, OVERLAY),
    console: join(dir, 'console.log'),
    qmp: join(sockets, 'qmp'),
    resurrect: { kit: join(dir, KIT), port: join(sockets, 'port') },
  };
}

async function waitUntilReady(machine: Machine, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    machine.console.look();
    const state = runState(machine.console.text());
    if (state.kind === 'ready') return;
    if (state.kind === 'failed') throw machineFailure(machine, 'boot', state.why);
    if (machine.ended) throw machineFailure(machine, 'boot', 'QEMU ended before the guest was ready');
    if (Date.now() > deadline)
      throw machineFailure(machine, 'boot', `not ready within ${seconds} s (--timeout)`);
    await sleep(100);
  }
}

const IGNORE_SHARED = { capabilities: [{ capability: 'x-ignore-shared', state: true }] };

async function saveState(qmp: Qmp, stream: string): Promise<void> {
  await qmp.execute('stop');
  await qmp.execute('migrate-set-capabilities', IGNORE_SHARED);
  await qmp.execute('migrate', { uri: `exec:cat >'${stream}'` });
  for (;;) {
    const { status } = (await qmp.execute('query-migrate')) as { status?: string };
    if (status === 'completed') return;
    if (status === 'failed' || status === 'cancelled')
      throw new SystemError(`QEMU could not save its state (${status})`);
    await sleep(50);
  }
}

async function makeReady(
  guest: Guest,
  machine: MachineOptions,
  final: string,
  options: ReadyOptions,
): Promise<void> {
  const say = options.onProgress ?? (() => {});
  const work = `${final}.partial-${process.pid}`;
  const sockets = mkdtempSync(join(tmpdir(), 'ow-lab-')); // a socket's path may not be long
  mkdirSync(work, { recursive: true });
  const files = await newFiles(guest, work, sockets, machine);
  const booted = startMachine(files, qemuArguments(guest, files, machine), (line) => say(`guest: ${line}`));
  const kill = () => booted.child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    const qmp = await Qmp.connect(files.qmp, () => !booted.ended).catch((error: Error) => {
      throw machineFailure(booted, 'boot', error.message);
    });
    booted.qmp = qmp;
    await waitUntilReady(booted, options.timeoutSeconds);
    await sleep(SETTLE_MILLISECONDS);
    await saveState(qmp, join(work, STREAM));
    await stopMachine(booted);
    for (const name of ['truth', KIT]) rmSync(join(work, name), { force: true });
    await run('fallocate', ['--dig-holes', join(work, RAM)]).catch(() => undefined);
    renameSync(work, final);
  } finally {
    await stopMachine(booted);
    process.removeListener('exit', kill);
    for (const path of [sockets, work]) rmSync(path, { recursive: true, force: true });
  }
}

/** The state of a guest with this machine and these workloads, made where there is none yet. */
export async function readyState(
  guest: Guest,
  machine: MachineOptions,
  options: ReadyOptions,
): Promise<ReadyState> {
  requirePrograms(PROGRAMS);
  const dir = join(options.cacheDir ?? defaultCacheDir(), `ready-${keyOf(guest, machine)}`);
  const say = options.onProgress ?? (() => {});
  if (!existsSync(dir)) {
    await withLock(
      `${dir}.lock`,
      () => say('waiting for another boot of the same guest'),
      async () => {
        const clean = () => rmSync(`${dir}.partial-${process.pid}`, { recursive: true, force: true });
        if (!existsSync(dir)) await interruptible(clean, () => makeReady(guest, machine, dir, options));
      },
    );
  }
  utimesSync(dir, new Date(), new Date());
  return { dir };
}

/** Copies of a state's files, for one trial to use up. */
export async function unpackState(
  state: ReadyState,
  files: MachineFiles & { readonly overlay: string },
): Promise<void> {
  await copySparse(join(state.dir, RAM), files.ram);
  await copySparse(join(state.dir, SWAP), files.swap);
  await layer(join(state.dir, OVERLAY), 'qcow2', files.overlay);
}

/** A machine that was started with `incoming` goes on where the other was stopped. */
export async function resumeState(state: ReadyState, qmp: Qmp): Promise<void> {
  await qmp.execute('migrate-set-capabilities', IGNORE_SHARED);
  await qmp.execute('migrate-incoming', { uri: `exec:cat '${join(state.dir, STREAM)}'` });
  for (;;) {
    const { status } = (await qmp.execute('query-status')) as { status: string };
    if (status === 'running') return;
    // The other one was stopped when it was saved.
    if (status === 'paused') await qmp.execute('cont');
    else if (status !== 'inmigrate')
      throw new SystemError(`QEMU could not go on from ${state.dir} (${status})`);
    await sleep(20);
  }
}

/** Tells the guest's init to go on, on its console. */
export function tellToGo(machine: Pick<Machine, 'type'>): void {
  machine.type('go\n');
}

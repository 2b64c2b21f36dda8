// The whole loop on a guest: it boots, works, is armed, panics; the crash kernel gets a plan made from the live RAM; what
// came of it is kept.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../base/error.js';
import { type Guard, type GuardOptions, startGuard } from '../guard/guard.js';
import { keepRecord, type Resurrection, type Stage, stageLine } from '../guard/resurrection.js';
import { type BuildOptions, buildGuest, type Guest } from './build.js';
import { converse, type Exchange } from './dialog.js';
import { CAPTURE_PROGRAMS, requirePrograms, run } from './host.js';
import { type KitOptions, makeKit } from './kit.js';
import { type Machine, machineFailure, sparse, startMachine, stopMachine } from './machine.js';
import { checkTarget, intoFolder } from './output-folder.js';
import { makePlannerDisk, PLANNER_ARGUMENTS } from './planner.js';
import { DEFAULT_MACHINE, type MachineFiles, type MachineOptions, qemuArguments } from './qemu.js';
import { Qmp } from './qmp.js';
import { layer, type ReadyState, readyState, resumeState, tellToGo, unpackState, WAIT } from './ready.js';
import { type RunState, runState } from './run-console.js';

export interface RunOptions extends BuildOptions {
  readonly out: string;
  readonly machine?: Partial<Omit<MachineOptions, 'panic'>>;
  readonly kit: Omit<KitOptions, 'cacheDir' | 'onProgress' | 'workloads'>;
  readonly guard?: Pick<GuardOptions, 'selectors' | 'digests' | 'offer' | 'silenceSeconds' | 'signal'>;
  readonly onStage?: (stage: Stage) => void;
  /** `guest`: the crash kernel makes its own plan, of /proc/vmcore; the host says nothing. */
  readonly planner?: 'host' | 'guest';
  /** What is awaited and typed at the console from the panic on; the run goes on until it is. */
  readonly dialog?: readonly Exchange[];
  /** Also the memory of the dead kernel, as it was before a plan was made: a second or two of the interruption. */
  readonly keepDump?: boolean;
  /** Until the panic. */
  readonly timeoutSeconds?: number;
  /** Boot the guest anew, instead of going on from the state in which it was ready. */
  readonly boot?: boolean;
  /** How long the machine runs on at the end, such as to start as after a reboot. */
  readonly lingerSeconds?: number;
  /** No image of the memory once they have gone on. */
  readonly noSnapshot?: boolean;
}

export interface Run {
  readonly dir: string;
  readonly guest: Guest;
  readonly resurrection: Resurrection;
}

const CONSOLE = 'console.log';
const TRUTH_DISK = 2 ** 31; // sparse
const SWAP_DISK = 2 ** 27;
const DEFAULT_TIMEOUT = 900;
const LOOK_MILLISECONDS = 20;
const SETTLE_MILLISECONDS = 500;
const DIALOG_SECONDS = 180;

type RunFiles = Required<MachineFiles>;

function makeFiles(dir: string, sockets: string, ramBytes: number, incoming: boolean): RunFiles {
  const at = (name: string) => join(sockets, name);
  return {
    ram: sparse(join(dir, 'ram'), ramBytes),
    truth: sparse(join(dir, 'truth.disk'), TRUTH_DISK),
    swap: sparse(join(dir, 'swap.raw'), SWAP_DISK),
    overlay: join(dir, 'root.qcow2'),
    incoming,
    console: join(dir, CONSOLE),
    qmp: at('qmp'),
    resurrect: { kit: join(dir, 'kit.ext4'), port: at('port') },
  };
}

/** What is to be done when the console tells of something new. */
class Follower {
  private struck = false;
  private over = false;

  constructor(
    private readonly machine: Machine,
    private readonly qmp: Qmp,
    private readonly guard: Guard,
    private readonly stop: AbortController,
  ) {
    void guard.ended.then(() => {
      this.over = true;
    });
  }

  /** Until the guard is done. Throws where the main kernel does not come to its panic. */
  async follow(timeoutSeconds: number): Promise<void> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    while (!this.over) {
      this.machine.console.look();
      const text = this.machine.console.text();
      const panicked = await this.act(runState(text), text);
      if (!panicked && Date.now() > deadline)
        throw this.failure(`no panic within ${timeoutSeconds} s (--timeout)`);
      await sleep(LOOK_MILLISECONDS);
    }
  }

  /** Whether the main kernel has died. */
  private async act(state: RunState, text: string): Promise<boolean> {
    const { machine, guard, stop } = this;
    const area = /^panic area at (0x[0-9a-f]+)/m.exec(text)?.[1];
    if (area !== undefined) guard.tellArea(Number(area));
    if (state.kind === 'failed') throw this.failure(state.why);
    if (state.kind === 'waiting-for-nmi') await this.strike();
    const panicked =
      state.kind === 'panicked' || state.kind === 'crash-kernel' || state.kind === 'crash-kernel-died';
    if (panicked) guard.noticePanic();
    // Of old kernels, and where the module is not loaded, this is the first that is known of the main kernel's end.
    if (state.kind === 'crash-kernel') guard.planNow();
    // It says nothing more on the port.
    if (state.kind === 'crash-kernel-died') stop.abort(state.why);
    if (machine.ended && !panicked) throw this.failure('QEMU ended before the guest panicked');
    if (machine.ended) stop.abort('QEMU ended');
    return panicked;
  }

  private async strike(): Promise<void> {
    if (this.struck) return;
    this.struck = true;
    await sleep(1000);
    await this.qmp.execute('inject-nmi');
  }

  private failure(why: string) {
    return machineFailure(this.machine, 'run', why);
  }
}

/**
 * The memory once the resurrected have gone on: some of them have something to do at once. What is run afterwards waits
 * for longer before it touches them.
 */
async function takeSnapshot(qmp: Qmp, files: RunFiles, dir: string): Promise<void> {
  await sleep(SETTLE_MILLISECONDS);
  await qmp.execute('stop');
  copySparse(files.ram, join(dir, 'dump-after.raw'));
  await qmp.execute('cont');
}

/** From power-on to the end of the resurrection; the machine is stopped by the caller, whatever happens. */
async function live(machine: Machine, dir: string, state: ReadyState | null, options: RunOptions) {
  const files = machine.files as RunFiles;
  const say = options.onProgress ?? (() => {});
  const qmp = await Qmp.connect(files.qmp, () => !machine.ended).catch((error: Error) => {
    throw machineFailure(machine, 'run', error.message);
  });
  machine.qmp = qmp;
  const stop = new AbortController();
  const theirs = options.guard?.signal;
  theirs?.addEventListener('abort', () => stop.abort(theirs.reason), { once: true });
  let snapshot: Promise<void> = Promise.resolve();
  let dialog: Promise<void> = Promise.resolve();
  const guard = await startGuard({
    ...{ ram: files.ram, socket: files.resurrect.port, connectSeconds: 10, signal: stop.signal },
    warmUp: state !== null,
    silent: options.planner === 'guest',
    silenceSeconds: 240, // the reports of what is run afterwards may take their time
    ...options.guard,
    onStage: (stage) => {
      say(stageLine(stage));
      options.onStage?.(stage);
      if (stage.name === 'resumed' && !options.noSnapshot) snapshot = takeSnapshot(qmp, files, dir);
      const console = () => machine.console.text();
      if (stage.name === 'panic' && options.dialog)
        dialog = converse(machine.type, console, options.dialog, DIALOG_SECONDS);
    },
    onSay: (text) => say(`world: ${text}`),
    beforePlan: () => {
      if (options.keepDump) copySparse(files.ram, join(dir, 'dump-before.raw'));
    },
  });
  if (state !== null) {
    await resumeState(state, qmp);
    tellToGo(machine);
  }
  await new Follower(machine, qmp, guard, stop).follow(options.timeoutSeconds ?? DEFAULT_TIMEOUT);
  await snapshot;
  await dialog;
  await sleep((options.lingerSeconds ?? 0) * 1000);
  return guard.ended;
}

const copySparse = (from: string, to: string) =>
  execFileSync('cp', ['--sparse=always', '--reflink=auto', from, to]);

/** What of the machine's files is worth keeping: where it did not come to a snapshot, the memory as it was at the end. */
async function tidy(files: RunFiles, dir: string, say: (line: string) => void): Promise<void> {
  for (const path of [files.truth, files.swap, files.overlay, files.resurrect.kit])
    rmSync(path, { force: true });
  const after = join(dir, 'dump-after.raw');
  if (existsSync(after)) return rmSync(files.ram);
  renameSync(files.ram, after);
  await run('fallocate', ['--dig-holes', after]).catch(() => say('note: the dump could not be made sparse'));
}

/** The state to go on from, unless the guest is to be booted. */
function stateOf(guest: Guest, machine: MachineOptions, options: RunOptions): Promise<ReadyState> | null {
  if (options.boot) return null;
  const timeoutSeconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT;
  return readyState(guest, machine, { ...options, timeoutSeconds });
}

async function runInto(dir: string, guest: Guest, options: RunOptions): Promise<Resurrection> {
  const say = options.onProgress ?? (() => {});
  const chosen: MachineOptions = { ...DEFAULT_MACHINE, ...options.machine, panic: 'resurrect' };
  // The guest's memory holds its command line: a guest that was ready is one that waited.
  const machineOptions = options.boot ? chosen : { ...chosen, append: `${WAIT} ${chosen.append}`.trim() };
  const sockets = mkdtempSync(join(tmpdir(), 'ow-lab-')); // a socket's path may not be long
  const files = makeFiles(dir, sockets, machineOptions.ramBytes, !options.boot);
  const { workloads } = machineOptions;
  const plansItself = options.planner === 'guest';
  const append = [...(plansItself ? [PLANNER_ARGUMENTS] : []), options.kit.append ?? ''].join(' ').trim();
  await makeKit(guest, files.resurrect.kit, { ...options, ...options.kit, append, workloads });
  if (plansItself) await makePlannerDisk(files.truth);
  const state = await stateOf(guest, machineOptions, options);
  if (state) await unpackState(state, files);
  else await layer(guest.disk, 'raw', files.overlay);
  const args = qemuArguments(guest, files, machineOptions);
  const machine = startMachine(files, args, (line) => say(`guest: ${line}`));
  const kill = () => machine.child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    const resurrection = await live(machine, dir, state, options);
    await stopMachine(machine);
    keepRecord(dir, resurrection);
    return resurrection;
  } finally {
    await stopMachine(machine);
    process.removeListener('exit', kill);
    rmSync(sockets, { recursive: true, force: true });
    await tidy(files, dir, say);
  }
}

/** Leaves guard.json, plan.owplan, journal, dump-after.raw and console.log in a folder, which replaces an earlier run's. */
export async function runGuest(options: RunOptions): Promise<Run> {
  if (options.planner === 'guest' && options.kit.record)
    throw new UsageError("the planner's disk is in the place of the truth's", 'leave out --record');
  const out = resolve(options.out);
  checkTarget(out, 'run', CONSOLE);
  requirePrograms(CAPTURE_PROGRAMS);
  const guest = await buildGuest(options);
  // What its console said is there of a run that failed, too.
  const resurrection = await intoFolder(out, (dir) => runInto(dir, guest, options), CONSOLE);
  return { dir: out, guest, resurrection };
}

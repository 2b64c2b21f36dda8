// A guest without disks: a kernel, and a static program of ours as the init of its initramfs, with files beside it. It is up in
// a few seconds, for what needs no Debian. Its RAM is a file, which is a dump once it is dead.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemError } from '../base/error.js';
import type { Guest } from './build.js';
import { makeCpio } from './cpio.js';
import { requirePrograms, run, searchPath } from './host.js';
import { sparse } from './machine.js';
import { cpuModel } from './qemu.js';

export interface BareOptions {
  /** Instead of the guest's. */
  readonly kernel?: string;
  /** C source of the init. */
  readonly init: string;
  /** What else is in the initramfs: name to path. The kernel is `vmlinuz`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly cpu?: string;
  readonly cpus: number;
  readonly ramBytes: number;
  readonly append?: string;
  /** Its clocks count its instructions, one for each nanosecond: no matter how busy the host is. */
  readonly countsInstructions?: boolean;
  /** File for the RAM. */
  readonly ram: string;
  /** On the console: what is waited for. */
  readonly until: RegExp;
  readonly timeoutSeconds?: number;
}

const PROGRAM = 0o100755;
const LOOK_MILLISECONDS = 100;
const DEFAULT_TIMEOUT = 120;

async function initramfs(guest: Guest, options: BareOptions, dir: string): Promise<string> {
  const [program, archive] = [join(dir, 'init'), join(dir, 'initramfs')];
  await run('gcc', ['-O2', '-Wall', '-Werror', '-static', '-o', program, options.init]);
  const files = { init: program, vmlinuz: options.kernel ?? guest.kernel, ...options.files };
  const entries = Object.entries(files).map(([name, path]) => ({
    ...{ name, mode: PROGRAM, data: readFileSync(path) },
  }));
  writeFileSync(archive, makeCpio(entries));
  return archive;
}

function qemuArguments(guest: Guest, options: BareOptions, archive: string, log: string): string[] {
  const { ramBytes, ram, cpus, cpu = 'Nehalem', append = '', countsInstructions = false } = options;
  const counting = ['-accel', 'tcg,thread=single', '-icount', 'shift=0,sleep=off'];
  return [
    ...(countsInstructions ? counting : ['-accel', 'tcg,thread=multi']),
    ...['-cpu', cpuModel({ cpu, kvm: false }), '-smp', String(cpus)],
    ...['-m', `${Math.floor(ramBytes / 2 ** 20)}M`],
    ...['-object', `memory-backend-file,id=ram,size=${ramBytes},mem-path=${ram},share=on`],
    ...['-machine', 'q35,memory-backend=ram', '-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-serial', `file:${log}`, '-kernel', options.kernel ?? guest.kernel, '-initrd', archive],
    ...['-append', `console=ttyS0 panic=0 loglevel=4 ${append}`],
  ];
}

/** Runs it until the console says what is waited for; what the console said. */
export async function runBare(guest: Guest, options: BareOptions): Promise<string> {
  requirePrograms(['gcc', 'qemu-system-x86_64']);
  const dir = mkdtempSync(join(tmpdir(), 'ow-bare-'));
  try {
    const archive = await initramfs(guest, options, dir);
    sparse(options.ram, options.ramBytes);
    const log = join(dir, 'console');
    const args = qemuArguments(guest, options, archive, log);
    return await watch(args, log, options);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function watch(args: readonly string[], log: string, options: BareOptions): Promise<string> {
  const { until, timeoutSeconds = DEFAULT_TIMEOUT } = options;
  const child = spawn('qemu-system-x86_64', args, {
    env: { ...process.env, PATH: searchPath() },
    stdio: 'ignore',
  });
  let ended = false;
  const over = new Promise<void>((resolve) => {
    const end = () => {
      ended = true;
      resolve();
    };
    child.on('close', end);
    child.on('error', end);
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    const said = () => (existsSync(log) ? readFileSync(log, 'latin1') : '');
    const deadline = Date.now() + timeoutSeconds * 1000;
    while (!until.test(said())) {
      const why = ended ? 'QEMU ended' : Date.now() > deadline ? `nothing within ${timeoutSeconds} s` : null;
      if (why !== null)
        throw new SystemError(`the guest failed: ${why}`, said().split('\n').slice(-20).join('\n'));
      await sleep(LOOK_MILLISECONDS);
    }
    return said();
  } finally {
    kill();
    await over;
    process.removeListener('exit', kill);
  }
}

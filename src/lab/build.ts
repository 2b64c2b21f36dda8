// Makes a guest: root file system from the Debian archive, then disk, kernel and initramfs. Each stage is cached
// under a key of what it is made from, and appears under its final name only when it is whole.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SystemError } from '../base/error.js';
import { BUILD_PROGRAMS, hasProgram, interruptible, requirePrograms, run } from './host.js';
import { makeInitramfs, modulesDir } from './initramfs.js';
import { withLock } from './lock.js';
import {
  defaultCacheDir,
  diskKey,
  type GuestSpec,
  guestDir,
  guestSpec,
  listFiles,
  rootfsKey,
} from './recipe.js';
import { type Flavour, mmdebstrapArgs, type Suite } from './suites.js';

export interface BuildOptions {
  readonly suite: Suite;
  readonly flavour?: Flavour;
  /** Another kernel package than the flavour's. */
  readonly kernelPackage?: string;
  readonly mirror?: string;
  readonly cacheDir?: string;
  readonly onProgress?: (message: string) => void;
}

export interface Guest {
  readonly spec: GuestSpec;
  readonly dir: string;
  readonly disk: string;
  readonly kernel: string;
  readonly initramfs: string;
  /** The kernel's release, as uname -r says it. */
  readonly release: string;
}

const DISK_SIZE = '4G'; // sparse
const DISK_UUID = '0e5a1d00-0000-4000-8000-000000000001';

/** Programs of guest/, and what each is compiled from. */
const PROGRAMS: Readonly<Record<string, (name: string) => boolean>> = {
  init: (name) => name === 'init.c',
  client: (name) => name === 'client.c',
  record: (name) => /^record\/.*\.c$/.test(name),
  zoo: (name) => /^zoo\/.*\.c$/.test(name),
};

async function compilePrograms(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  for (const [program, isSource] of Object.entries(PROGRAMS)) {
    const sources = listFiles(from).filter(isSource);
    if (sources.length === 0) continue;
    const files = sources.map((name) => join(from, name));
    await run('gcc', ['-O2', '-g0', '-static', '-pthread', '-o', join(to, program), ...files]);
  }
}

/** Where mmdebstrap needs no root, neither do we: fakeroot keeps the owners of files between tar and disk. */
function asRoot(script: string, args: readonly string[]): [string, string[]] {
  const shell = ['sh', '-euc', script, 'sh', ...args];
  return process.getuid?.() === 0 ? [shell[0] ?? 'sh', shell.slice(1)] : ['fakeroot', ['--', ...shell]];
}

// Files in the tar that only root could make (device nodes) are not needed: /dev is a devtmpfs.
const UNPACK = 'mkdir -p "$2"; tar --exclude=./dev/* -C "$2" -xf "$1"';
const MAKE_DISK = `
${UNPACK}
mkdir -p "$2/otherworld/bin"; cp -r "$3/." "$2/otherworld/bin/"; cp -r "$4/workloads" "$2/otherworld/"
cp "$2"/boot/vmlinuz-* "$5/vmlinuz"; cp "$5/vmlinuz" "$2/otherworld/vmlinuz"
rm -rf "$2"/var/cache/apt "$2"/var/lib/apt/lists "$2"/boot/*; touch "$2/etc/fstab"
mke2fs -q -t ext4 -U ${DISK_UUID} -E hash_seed=${DISK_UUID},lazy_itable_init=1 -d "$2" "$5/disk.ext4" ${DISK_SIZE}`;

async function buildRootfs(spec: GuestSpec, tar: string, say: (message: string) => void): Promise<void> {
  const partial = `${tar}.partial-${process.pid}`;
  say(`${spec.suite}: root file system with ${spec.kernelPackage} from ${spec.mirror}`);
  try {
    await run('mmdebstrap', mmdebstrapArgs(spec.suite, spec.kernelPackage, partial, spec.mirror), {
      onLine: (line) => line.startsWith('I: ') && say(`${spec.suite}: ${line.slice(3)}`),
    });
    renameSync(partial, tar);
  } finally {
    rmSync(partial, { force: true });
  }
}

async function buildDisk(spec: GuestSpec, tar: string, guestFiles: string, final: string): Promise<void> {
  const work = `${final}.partial-${process.pid}`;
  const [root, bin] = [join(work, 'root'), join(work, 'bin')];
  try {
    mkdirSync(work, { recursive: true });
    await compilePrograms(guestFiles, bin);
    await run(...asRoot(MAKE_DISK, [tar, root, bin, guestFiles, work]));
    const { release } = modulesDir(root);
    writeFileSync(join(work, 'initramfs'), makeInitramfs(root, join(bin, 'init')));
    writeFileSync(join(work, 'guest.json'), `${JSON.stringify({ ...spec, release }, null, 2)}\n`);
    rmSync(root, { recursive: true, force: true });
    rmSync(final, { recursive: true, force: true });
    renameSync(work, final);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Leftovers of builds that were killed; called with the lock held, so none is in use. */
function removePartials(cacheDir: string, prefix: string): void {
  for (const name of readdirSync(cacheDir)) {
    if (name.startsWith(prefix) && name.includes('.partial-'))
      rmSync(join(cacheDir, name), { recursive: true, force: true });
  }
}

const OLD = 24 * 3600 * 1000;
const STAGES = /^(guest|rootfs|buildroot|module|ready)-/;

/** What an earlier recipe made, unless it was used within a day: somebody may be about to boot it. */
function removeOutdated(cacheDir: string, name: string, keep: readonly string[]): void {
  for (const entry of readdirSync(cacheDir)) {
    const path = join(cacheDir, entry);
    if (!STAGES.test(entry) || !entry.includes(`-${name}-`) || keep.includes(path)) continue;
    const used =
      [join(path, 'guest.json'), join(path, 'otherworld.json'), path].find((one) => existsSync(one)) ?? path;
    if (Date.now() - statSync(used).mtimeMs > OLD) rmSync(path, { recursive: true, force: true });
  }
}

function loadGuest(spec: GuestSpec, dir: string): Guest {
  const { release } = JSON.parse(readFileSync(join(dir, 'guest.json'), 'utf8')) as { release: string };
  const at = (name: string) => join(dir, name);
  utimesSync(at('guest.json'), new Date(), new Date());
  return { spec, dir, disk: at('disk.ext4'), kernel: at('vmlinuz'), initramfs: at('initramfs'), release };
}

function makeCacheDir(cacheDir: string): void {
  try {
    mkdirSync(cacheDir, { recursive: true });
  } catch (error) {
    const why = (error as Error).message;
    throw new SystemError(`cannot make ${cacheDir}: ${why}`, 'set XDG_CACHE_HOME, or --cache');
  }
}

/** The stages that are not there yet; with the lock held. */
async function buildStages(spec: GuestSpec, final: string, say: (message: string) => void): Promise<void> {
  const cacheDir = dirname(final);
  const name = `${spec.suite}-${spec.flavour}`;
  const tar = join(cacheDir, `rootfs-${rootfsKey(spec)}.tar`);
  const clean = () => {
    removePartials(cacheDir, `rootfs-${name}`);
    removePartials(cacheDir, `guest-${name}`);
  };
  clean();
  await interruptible(clean, async () => {
    if (!existsSync(tar)) await buildRootfs(spec, tar, say);
    say(`${spec.suite}: disk`);
    await buildDisk(spec, tar, guestDir(), final);
  });
  removeOutdated(cacheDir, name, [tar, final]);
  say(`${spec.suite}: ready in ${final}`);
}

export async function buildGuest(options: BuildOptions): Promise<Guest> {
  const spec = guestSpec(options);
  const say = options.onProgress ?? (() => {});
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const final = join(cacheDir, `guest-${diskKey(spec, guestDir())}`);
  const ready = () => existsSync(join(final, 'guest.json'));
  if (!ready()) {
    requirePrograms([...BUILD_PROGRAMS, ...(process.getuid?.() === 0 ? [] : ['fakeroot'])]);
    makeCacheDir(cacheDir);
    const name = `${spec.suite}-${spec.flavour}`;
    const onWait = () => say(`${name}: waiting for another build of it`);
    await withLock(join(cacheDir, `${name}.lock`), onWait, async () => {
      if (!ready()) await buildStages(spec, final, say);
    });
  }
  return loadGuest(spec, final);
}

export const canBuild = () => BUILD_PROGRAMS.every((name) => hasProgram(name));

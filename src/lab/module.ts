// Kernel modules for exactly a guest's kernel, compiled in a root file system of the guest's suite: otherworld.ko, and
// crasher.ko, by which tests have the kernel die.

import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError, SystemError } from '../base/error.js';
import type { Guest } from './build.js';
import { type BuildRoot, buildRoot, releaseOf, runIn } from './build-root.js';
import { run } from './host.js';
import { copySources, type Sources, sourcesOf } from './kernel-sources.js';
import { withLock } from './lock.js';
import { defaultCacheDir, digest } from './recipe.js';

/** Folders of kernel/: its own first, then those that it shares. */
const FOLDERS = {
  otherworld: ['module', 'plan', 'uapi'],
  crasher: ['crasher'],
} as const;
export type ModuleName = keyof typeof FOLDERS;

export interface ModuleOptions {
  readonly cacheDir?: string;
  /** otherworld where none is named. */
  readonly name?: ModuleName;
  /** From scratch, with sparse; any warning is an error. */
  readonly check?: boolean;
  readonly onProgress?: (line: string) => void;
}

export interface Module {
  readonly file: string;
  /** Of the kernel that it is for. */
  readonly release: string;
}

/** In the build root, one for each module. */
const placeOf = (name: ModuleName) => (name === 'otherworld' ? '/otherworld/kernel' : `/otherworld/${name}`);
const folderOf = (name: ModuleName) => join(placeOf(name), FOLDERS[name][0]);

/** What sparse and W=1 say; `make` prints it among lines that begin with what it does. */
const WARNING = /\b(warning|error):|sparse is not available/;

/**
 * Makefiles since 7.2 ask this script whether sparse will do, and Debian's headers lack it. It will: the build root has
 * sparse, and what that does not understand of the headers is an error.
 */
const MAY_CHECK = `for each in /usr/src/linux-headers-*-common; do
grep -q checker-valid.sh "$each/Makefile" 2>/dev/null && [ ! -e "$each/scripts/checker-valid.sh" ] || continue
printf '#!/bin/sh\\necho 1\\n' >"$each/scripts/checker-valid.sh"; chmod +x "$each/scripts/checker-valid.sh"; done`;

async function compile(root: BuildRoot, name: ModuleName, sources: Sources, options: ModuleOptions) {
  const say = options.onProgress ?? (() => {});
  const complaints: string[] = [];
  const hear = (line: string) => {
    if (WARNING.test(line)) complaints.push(line);
    if (WARNING.test(line) || options.check) say(line);
  };
  copySources(sources, join(root.dir, placeOf(name)));
  const release = releaseOf(root);
  const target = options.check ? ['check'] : [];
  const command = ['make', '-C', folderOf(name), `KDIR=/lib/modules/${release}/build`, ...target];
  try {
    if (options.check) await runIn(root, ['sh', '-euc', MAY_CHECK], say);
    await runIn(root, command, hear);
  } catch (error) {
    if (complaints.length === 0) throw error;
    throw new SystemError(`${name}.ko does not compile for ${release}`, complaints.slice(0, 40).join('\n'));
  }
  if (options.check && complaints.length > 0)
    throw new SystemError(`${name}.ko does not pass W=1 and sparse for ${release}`, complaints.join('\n'));
}

/** What is kept has no debugging information: it is loaded into a crash kernel, whose memory is small. */
async function keep(root: BuildRoot, name: ModuleName, file: string): Promise<void> {
  const partial = `${file}.partial-${process.pid}`;
  const made = join(folderOf(name), basename(file));
  mkdirSync(dirname(file), { recursive: true });
  try {
    await runIn(root, ['strip', '--strip-debug', made], () => {});
    copyFileSync(join(root.dir, made), partial);
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Compiled where the sources have changed since. */
export async function buildModule(guest: Guest, options: ModuleOptions = {}): Promise<Module> {
  const name = options.name ?? 'otherworld';
  const root = await buildRoot(guest, options);
  const sources = sourcesOf(FOLDERS[name]);
  const dir = `${root.dir.replace(/buildroot-([^/]*)$/, 'module-$1')}-${sources.digest}`;
  const file = join(dir, `${name}.ko`);
  if (!existsSync(file) || options.check) {
    const say = options.onProgress ?? (() => {});
    await withLock(
      root.lock,
      () => say('waiting for another build of the module'),
      async () => {
        say(`${name}.ko for ${guest.release}`);
        await compile(root, name, sources, options);
        await keep(root, name, file);
      },
    );
  }
  return { file, release: guest.release };
}

export interface TreeModule extends Module {
  /** The kernel, as a boot loader takes it. */
  readonly image: string;
}

/** For a kernel that was built on this machine, with this machine's compiler; `tree` is the folder that make left. */
export async function moduleForTree(tree: string, options: ModuleOptions = {}): Promise<TreeModule> {
  const at = (name: string) => join(resolve(tree), name);
  const [image, symbols] = [at('arch/x86/boot/bzImage'), at('Module.symvers')];
  const missing = [image, symbols].find((path) => !existsSync(path));
  if (missing) throw new InputError(`no ${missing}: ${tree} is no folder in which a kernel was built`);
  const release = readFileSync(at('include/config/kernel.release'), 'utf8').trim();
  const sources = sourcesOf(FOLDERS.otherworld);
  const key = digest([resolve(tree), release, readFileSync(symbols), sources.digest]);
  const work = join(options.cacheDir ?? defaultCacheDir(), `module-${release}-${key}`);
  const file = join(work, 'module/otherworld.ko');
  if (!existsSync(file)) {
    options.onProgress?.(`otherworld.ko for ${release}`);
    copySources(sources, work);
    // UBSan's part in it, where the kernel has UBSan.
    await run('make', ['-C', join(work, 'module'), `KDIR=${resolve(tree)}`, 'UBSAN_SANITIZE=y']);
  }
  return { file, image, release };
}

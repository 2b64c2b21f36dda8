// What a guest needs to be resurrected, on a disk of its own: otherworld.ko for its kernel, the crash kernel's initramfs
// with the executor as its init, the tool that arms, and a script that says how. Only this is made anew when the
// resurrector changes: the guest's own disk stays what it is.

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SystemError } from '../base/error.js';
import type { Guest } from './build.js';
import { requirePrograms, run, searchPath } from './host.js';
import { DISK_MODULES, decompressed, moduleClosure, moduleName, packInitramfs } from './initramfs.js';
import { copySources, sourcesOf } from './kernel-sources.js';
import { buildModule, moduleForTree } from './module.js';
import { panicWay } from './panic-ways.js';
import { defaultCacheDir, digest } from './recipe.js';
import { unpackedKernel } from './vmlinux.js';
import { addWork, packDisk } from './work.js';

export interface KitOptions {
  readonly cacheDir?: string;
  /** Instead of the executor: what is to be the crash kernel's init. */
  readonly init?: string;
  /** Instead of all of the crash kernel's initramfs: another file, such as the one that the distribution makes. */
  readonly initramfs?: string;
  /** Instead of the guest's own kernel: the folder in which another was built, with all that it needs built in. */
  readonly crashKernel?: string;
  /** Whether the crash kernel is loaded as it is, to unpack itself, as every distribution does; it is where the host cannot. */
  readonly packed?: boolean;
  /** Arguments of the crash kernel instead of those that otherworld-arm gives it. */
  readonly base?: string;
  /** More of them. */
  readonly append?: string;
  /** A word that panicWay() knows. */
  readonly panic: string;
  readonly workloads: readonly string[];
  /** Whether the guest is to write down the truth before it panics. */
  readonly record: boolean;
  readonly onProgress?: (line: string) => void;
}

const PROGRAMS = ['debugfs', 'mke2fs', 'gcc', 'make', 'xz'] as const;

/** The crash kernel's: its root disk, and the port to the host. */
const MODULES = [...DISK_MODULES, 'virtio_console'] as const;

/** `make` in folders of kernel/, once for each state of the sources; the folder with their products. */
async function compiled(
  folders: readonly ('resurrect' | 'arm')[],
  cacheDir: string,
  say: (line: string) => void,
): Promise<string> {
  const sources = sourcesOf([...folders, 'plan', 'uapi']);
  const final = join(cacheDir, `programs-${sources.digest}`);
  if (existsSync(final)) return final;
  const work = `${final}.partial-${process.pid}`;
  say(`compiling ${folders.join(', ')}`);
  try {
    copySources(sources, work);
    for (const folder of folders) await run('make', ['-C', join(work, folder)]);
    rmSync(final, { recursive: true, force: true });
    renameSync(work, final);
    return final;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** A file of a guest's disk. */
function onDisk(guest: Guest, path: string): Buffer {
  const options = {
    maxBuffer: 1 << 28,
    env: { ...process.env, PATH: searchPath() },
    stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'],
  };
  const data = execFileSync('debugfs', ['-R', `cat ${path}`, guest.disk], options);
  if (data.length === 0) throw new SystemError(`no ${path} on ${guest.disk}`);
  return data;
}

function crashInitramfs(guest: Guest, init: Buffer, module: Buffer): Buffer {
  const dir = `/lib/modules/${guest.release}`;
  const paths = moduleClosure(onDisk(guest, `${dir}/modules.dep`).toString(), MODULES);
  const modules = paths.map((path) => ({
    name: moduleName(path),
    data: decompressed(path, onDisk(guest, `${dir}/${path}`)),
  }));
  return packInitramfs(init, [...modules, { name: 'otherworld', data: module }]);
}

/** By what it is made of; writes it where it is not there yet. */
function cachedInitramfs(guest: Guest, cacheDir: string, init: Buffer, module: Buffer): Buffer {
  const key = digest([basename(guest.dir), ...MODULES, init, module]);
  const file = join(cacheDir, `crash-initramfs-${key}`);
  if (existsSync(file)) return readFileSync(file);
  const data = crashInitramfs(guest, init, module);
  writeFileSync(`${file}.partial-${process.pid}`, data);
  renameSync(`${file}.partial-${process.pid}`, file);
  return data;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Run by the guest's init as the last thing before the panic. */
function armScript(options: KitOptions, unpacked: boolean): string {
  const { append = '', base, panic, record, crashKernel } = options;
  const { trigger, needsCrasher, settings } = panicWay(panic);
  const set = Object.entries(settings).map(([name, value]) => `echo ${value} >/proc/sys/${name}\n`);
  const kernel = crashKernel === undefined ? '/otherworld/vmlinuz' : '"$kit/vmlinuz"';
  const more = [
    unpacked ? '--unpacked "$kit/vmlinux"' : '--packed',
    ...(base === undefined ? [] : [`--base ${quoted(base)}`]),
    `--append ${quoted(append)}`,
  ];
  return `set -eu
kit=/run/otherworld/kit
"$kit/otherworld-arm" --module "$kit/otherworld.ko" --kernel ${kernel} --initramfs "$kit/initramfs" \\
  ${more.join(' ')}
mkdir -p /otherworld/after
cp "$kit"/after/* /otherworld/after/
sync /otherworld/after/*
${needsCrasher ? 'insmod "$kit/crasher.ko"\n' : ''}${set.join('')}echo ${quoted(trigger)} >/run/otherworld/panic
echo ${record ? 'yes' : 'no'} >/run/otherworld/record
`;
}

/** What the crash kernel runs, and where it is another than the guest's, that kernel. */
async function addCrashKernel(guest: Guest, dir: string, init: Buffer, module: Buffer, options: KitOptions) {
  const [kernel, initramfs] = [join(dir, 'vmlinuz'), join(dir, 'initramfs')];
  const { crashKernel, cacheDir = defaultCacheDir() } = options;
  if (crashKernel === undefined)
    return writeFileSync(initramfs, cachedInitramfs(guest, cacheDir, init, module));
  const { file, image } = await moduleForTree(crashKernel, options);
  copyFileSync(image, kernel);
  writeFileSync(initramfs, packInitramfs(init, [{ name: 'otherworld', data: readFileSync(file) }]));
}

/** The guest's kernel as it is once it has unpacked itself, if that is to be done for it. */
function unpackedFor(guest: Guest, { packed, crashKernel }: KitOptions): Buffer | null {
  return packed || crashKernel !== undefined ? null : unpackedKernel(readFileSync(guest.kernel));
}

/** Makes the disk at `file`. */
export async function makeKit(guest: Guest, file: string, options: KitOptions): Promise<void> {
  requirePrograms(PROGRAMS);
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const say = options.onProgress ?? (() => {});
  const module = readFileSync((await buildModule(guest, options)).file);
  const arm = join(await compiled(['arm'], cacheDir, say), 'arm/otherworld-arm');
  const executor = async () => join(await compiled(['resurrect'], cacheDir, say), 'resurrect/resurrect');
  const init = readFileSync(options.init ?? (await executor()));
  const dir = join(dirname(file), `${basename(file)}.dir`);
  mkdirSync(dir, { recursive: true });
  try {
    if (options.initramfs) copyFileSync(options.initramfs, join(dir, 'initramfs'));
    else await addCrashKernel(guest, dir, init, module, options);
    writeFileSync(join(dir, 'otherworld.ko'), module);
    writeFileSync(join(dir, 'otherworld-arm'), readFileSync(arm), {
      mode: 0o755,
    });
    const unpacked = unpackedFor(guest, options);
    if (unpacked) writeFileSync(join(dir, 'vmlinux'), unpacked);
    writeFileSync(join(dir, 'arm.sh'), armScript(options, unpacked !== null));
    if (panicWay(options.panic).needsCrasher)
      copyFileSync((await buildModule(guest, { ...options, name: 'crasher' })).file, join(dir, 'crasher.ko'));
    await addWork(dir, options.workloads);
    await packDisk(dir, file);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

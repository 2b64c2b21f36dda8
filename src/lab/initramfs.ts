// The guest's initramfs: our init and the few modules that stand between the kernel and its root disk. Debian's
// own takes many times as long to boot.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SystemError } from '../base/error.js';
import { type CpioEntry, makeCpio } from './cpio.js';

/** What a guest's root disk needs. Missing ones are built in. */
export const DISK_MODULES = ['virtio_pci', 'virtio_blk', 'ext4', 'crc32c_generic', '8250_pci'] as const;

const DIR = 0o040755;
const FILE = 0o100644;
const PROGRAM = 0o100755;

/** Module name of a path: `kernel/fs/ext4/ext4.ko.xz` is `ext4`; blanks and dashes are the same to the kernel. */
export const moduleName = (path: string) =>
  basename(path)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');

/** modules.dep: `path: path path…`, what a module needs, nearest first. */
export function moduleClosure(modulesDep: string, wanted: readonly string[]): string[] {
  const needs = new Map<string, string[]>();
  for (const line of modulesDep.split('\n')) {
    const [path, rest] = line.split(':');
    if (path) needs.set(path, (rest ?? '').split(' ').filter(Boolean));
  }
  const order = new Set<string>();
  for (const name of wanted) {
    const path = [...needs.keys()].find((one) => moduleName(one) === name.replaceAll('-', '_'));
    if (!path) continue;
    for (const dependency of [...(needs.get(path) ?? [])].reverse()) order.add(dependency);
    order.add(path);
  }
  return [...order];
}

/** A module as the kernel takes it. */
export function decompressed(path: string, packed: Buffer): Buffer {
  const options = { maxBuffer: 1 << 28, input: packed };
  if (path.endsWith('.xz')) return execFileSync('xz', ['-dc'], options);
  if (path.endsWith('.zst')) return execFileSync('zstd', ['-dc'], options);
  return packed;
}

/** The folder of modules in an unpacked root: there is one kernel in it. */
export function modulesDir(root: string): { dir: string; release: string } {
  for (const parent of ['usr/lib/modules', 'lib/modules']) {
    const path = join(root, parent);
    const release = existsSync(path)
      ? readdirSync(path).find((name) => existsSync(join(path, name, 'modules.dep')))
      : undefined;
    if (release) return { dir: join(path, release), release };
  }
  throw new SystemError(`no kernel modules in ${root}: did the kernel package install?`);
}

/** Modules in an initramfs, in the order in which its init loads them. */
export interface ModuleFile {
  readonly name: string;
  readonly data: Buffer;
}

/** The modules that are wanted and what they need, from a folder of modules, unpacked. */
export function modulesFrom(dir: string, wanted: readonly string[]): ModuleFile[] {
  const paths = moduleClosure(readFileSync(join(dir, 'modules.dep'), 'utf8'), wanted);
  return paths.map((path) => ({
    name: moduleName(path),
    data: decompressed(path, readFileSync(join(dir, path))),
  }));
}

/** An init with its modules: `/init`, `/modules/NAME.ko`, and their names in `/modules/order`. */
export function packInitramfs(init: Buffer, modules: readonly ModuleFile[]): Buffer {
  const names = modules.map(({ name }) => `modules/${name}.ko`);
  const entries: CpioEntry[] = [
    ...['dev', 'proc', 'sys', 'root', 'modules'].map((name) => ({ name, mode: DIR })),
    { name: 'init', mode: PROGRAM, data: init },
    { name: 'modules/order', mode: FILE, data: Buffer.from(names.map((name) => `/${name}\n`).join('')) },
    ...modules.map(({ data }, i) => ({ name: names[i] ?? '', mode: FILE, data })),
  ];
  return makeCpio(entries);
}

export function makeInitramfs(root: string, init: string): Buffer {
  return packInitramfs(readFileSync(init), modulesFrom(modulesDir(root).dir, DISK_MODULES));
}

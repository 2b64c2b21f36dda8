// The guest's initramfs: our init and the few modules that stand between the kernel and its root disk. Debian's
// own takes many times as long to boot.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SystemError } from '../base/error.js';
import { type CpioEntry, makeCpio } from './cpio.js';

/** Missing ones are built in. */
const WANTED = ['virtio_pci', 'virtio_blk', 'ext4', 'crc32c_generic', '8250_pci'] as const;

const DIR = 0o040755;
const FILE = 0o100644;
const PROGRAM = 0o100755;

/** Module name of a path: `kernel/fs/ext4/ext4.ko.xz` is `ext4`; blanks and dashes are the same to the kernel. */
const moduleName = (path: string) =>
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

function decompressed(path: string): Buffer {
  const options = { maxBuffer: 1 << 28 };
  if (path.endsWith('.xz')) return execFileSync('xz', ['-dc', path], options);
  if (path.endsWith('.zst')) return execFileSync('zstd', ['-dc', path], options);
  return readFileSync(path);
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

export function makeInitramfs(root: string, init: string): Buffer {
  const { dir } = modulesDir(root);
  const modules = moduleClosure(readFileSync(join(dir, 'modules.dep'), 'utf8'), WANTED);
  const names = modules.map((path) => `modules/${moduleName(path)}.ko`);
  const entries: CpioEntry[] = [
    ...['dev', 'proc', 'sys', 'root', 'modules'].map((name) => ({ name, mode: DIR })),
    { name: 'init', mode: PROGRAM, data: readFileSync(init) },
    { name: 'modules/order', mode: FILE, data: Buffer.from(names.map((name) => `/${name}\n`).join('')) },
    ...modules.map((path, i) => ({ name: names[i] ?? '', mode: FILE, data: decompressed(join(dir, path)) })),
  ];
  return makeCpio(entries);
}

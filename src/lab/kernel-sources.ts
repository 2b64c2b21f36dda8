// The C sources under kernel/, which the lab compiles for its guests.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SystemError } from '../base/error.js';
import { digest, listFiles } from './recipe.js';

/** The kernel/ folder, of a checkout or of the package. */
export function kernelDir(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const places = [join(here, '../../kernel'), join(here, '../kernel')];
  const found = places.find((place) => existsSync(join(place, 'module/Kbuild')));
  if (!found) throw new SystemError(`the kernel's sources are in none of ${places.join(', ')}`);
  return found;
}

export interface Sources {
  readonly dir: string;
  /** Relative to it. */
  readonly files: readonly string[];
  readonly digest: string;
}

const isSource = (name: string) => /\.[chS]$|(^|\/)(Kbuild|Makefile)$/.test(name) && !name.endsWith('.mod.c');

/** The sources in folders of kernel/, and nothing that was compiled of them. */
export function sourcesOf(folders: readonly string[], dir = kernelDir()): Sources {
  const files = folders
    .filter((folder) => existsSync(join(dir, folder)))
    .flatMap((folder) => listFiles(join(dir, folder)).map((name) => join(folder, name)))
    .filter(isSource);
  const contents = files.flatMap((name) => [name, readFileSync(join(dir, name))]);
  return { dir, files, digest: digest(contents) };
}

/** Makes `to` hold these sources; leaves alone what is the same, for make to see. */
export function copySources({ dir, files }: Sources, to: string): void {
  const old = existsSync(to) ? listFiles(to).filter(isSource) : [];
  for (const name of old.filter((one) => !files.includes(one))) rmSync(join(to, name));
  for (const name of files) {
    const [data, target] = [readFileSync(join(dir, name)), join(to, name)];
    if (existsSync(target) && readFileSync(target).equals(data)) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, data);
  }
}

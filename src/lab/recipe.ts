// What a guest is made of, and the keys it is cached under: a change of a package list makes a new root file
// system; a change of a workload file or of the guest programs only a new disk.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SystemError } from '../base/error.js';
import { DEFAULT_MIRROR, FLAVOURS, type Flavour, mmdebstrapArgs, type Suite } from './suites.js';

/** Raise when the way of making changes though none of the inputs do. */
const RECIPE_VERSION = 1;

export interface GuestSpec {
  readonly suite: Suite;
  readonly flavour: Flavour;
  readonly kernelPackage: string;
  readonly mirror: string;
}

export function guestSpec(options: {
  suite: Suite;
  flavour?: Flavour;
  kernelPackage?: string;
  mirror?: string;
}): GuestSpec {
  const flavour = options.flavour ?? 'cloud';
  return {
    suite: options.suite,
    flavour,
    kernelPackage: options.kernelPackage ?? FLAVOURS[flavour],
    mirror: options.mirror ?? DEFAULT_MIRROR,
  };
}

export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CACHE_HOME } = env;
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'otherworld', 'lab');
}

/** The folder of guest programs and workloads: beside this file, or beside the bundle that it is in. */
export function guestDir(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const places = [join(here, 'guest'), join(here, 'lab', 'guest'), join(here, '..', 'lab', 'guest')];
  const found = places.find((place) => existsSync(join(place, 'init.c')));
  if (!found) throw new SystemError(`the lab's guest files are in none of ${places.join(', ')}`);
  return found;
}

/** All files under a folder, relative and sorted. */
export function listFiles(dir: string, from = dir): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? listFiles(join(dir, entry.name), from) : [relative(from, join(dir, entry.name))],
    )
    .sort();
}

/** Short, for names of files. */
export const digest = (parts: readonly (string | Buffer)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 12);
};

export function rootfsKey(spec: GuestSpec): string {
  const args = mmdebstrapArgs(spec.suite, spec.kernelPackage, '-', spec.mirror);
  return `${spec.suite}-${spec.flavour}-${digest([String(RECIPE_VERSION), ...args])}`;
}

/** Folders that go onto the disk of work (work.ts), not onto the guest's own. */
const ELSEWHERE = /^(victims|after)\//;

export function diskKey(spec: GuestSpec, guestFiles: string): string {
  const files = listFiles(guestFiles).filter((name) => !ELSEWHERE.test(name));
  const contents = files.flatMap((name) => [name, readFileSync(join(guestFiles, name))]);
  return `${spec.suite}-${spec.flavour}-${digest([rootfsKey(spec), ...contents])}`;
}

// Work that a guest gets on the kit disk rather than on its own: the self-checking victims (guest/victims/, one program
// and a script for each workload) and what is run after a resurrection (guest/after/). A change there costs seconds, not a new disk.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { run } from './host.js';
import { digest, guestDir, listFiles } from './recipe.js';

const VICTIMS = 'victims';
/** Workloads that start some of them. */
const OF_VICTIMS = ['victims', 'computing'];
const hasVictims = (workloads: readonly string[]) => workloads.some((work) => OF_VICTIMS.includes(work));

/** Files of a folder of guest/, with its name. */
function filesOf(folder: string): string[] {
  const dir = join(guestDir(), folder);
  return existsSync(dir) ? listFiles(dir).map((name) => join(dir, name)) : [];
}

/** Of what the workloads need from here, before the panic. */
export function workDigest(workloads: readonly string[]): string {
  const files = hasVictims(workloads) ? filesOf(VICTIMS) : [];
  return digest([BOOT, ...files.flatMap((path) => [basename(path), readFileSync(path)])]);
}

/** Run by the guest's init before the workloads. */
const BOOT = 'set -eu\nkit=/run/otherworld/kit\n[ ! -d "$kit/work" ] || cp -r "$kit/work/." /otherworld/\n';

/** boot.sh, work/ (bin/victims, python/, workloads/*.sh) and after/ in the folder of a kit. */
export async function addWork(dir: string, workloads: readonly string[]): Promise<void> {
  writeFileSync(join(dir, 'boot.sh'), BOOT);
  mkdirSync(join(dir, 'after'));
  for (const path of filesOf('after')) copy(path, join(dir, 'after'));
  if (!hasVictims(workloads)) return;
  const [bin, scripts, python] = [
    join(dir, 'work/bin'),
    join(dir, 'work/workloads'),
    join(dir, 'work/python'),
  ];
  for (const folder of [bin, scripts, python]) mkdirSync(folder, { recursive: true });
  const files = filesOf(VICTIMS);
  for (const path of files.filter((each) => each.endsWith('.sh'))) copy(path, scripts);
  for (const path of files.filter((each) => each.endsWith('.py'))) copy(path, python);
  const sources = files.filter((each) => each.endsWith('.c'));
  await run('gcc', ['-O2', '-g0', '-static', '-pthread', '-o', join(bin, VICTIMS), ...sources]);
}

function copy(path: string, to: string): void {
  writeFileSync(join(to, basename(path)), readFileSync(path), { mode: 0o755 });
}

/** Of one size, so that the machine is the same whatever is on it. */
const DISK_SIZE = '64M';

export async function packDisk(dir: string, file: string): Promise<void> {
  rmSync(file, { force: true });
  await run('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-d', dir, file, DISK_SIZE]);
}

/** A disk with nothing but the work. */
export async function makeWorkDisk(file: string, workloads: readonly string[]): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'ow-work-'));
  try {
    await addWork(dir, workloads);
    await packDisk(dir, file);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

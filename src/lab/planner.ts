// A disk with the planner, for guests that plan themselves: this Node.js with its libraries, ow as it is built, and the script
// that the crash kernel runs. It takes the place of the disk for the truth, which a run without --record leaves empty.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { SystemError } from '../base/error.js';
import { requirePrograms, run } from './host.js';
import { kernelDir } from './kernel-sources.js';

const AT = '/opt/otherworld';
/** Where the truth would go: the guest's second disk. */
const DEVICE = '/dev/vdb';

/** For the crash kernel. A host that says nothing is soon given up. */
export const PLANNER_ARGUMENTS = `ow.mount=${DEVICE}:${AT} ow.planner=${AT}/bin/plan.sh ow.wait=1`;

const LOADER = 'ld-linux-x86-64.so.2';
const LDD_LINE = /(?:=> )?(\/\S+) \(0x/;

/** Shared libraries of a program, with the loader. */
function librariesOf(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => LDD_LINE.exec(line)?.[1] ?? []);
}

/** The guest may have no Node.js, and an older C library. */
function putNode(to: string): void {
  mkdirSync(join(to, 'lib'));
  for (const path of librariesOf(process.execPath)) copyFileSync(path, join(to, 'lib', basename(path)));
  copyFileSync(process.execPath, join(to, 'lib/node'));
  chmodSync(join(to, 'lib/node'), 0o755);
  const lib = `${AT}/lib`;
  const script = `#!/bin/sh\nexec ${lib}/${LOADER} --library-path ${lib} ${lib}/node "$@"\n`;
  writeFileSync(join(to, 'bin/node'), script, { mode: 0o755 });
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The folder of a package that `from` needs, as Node.js looks for it; null where it is not installed. */
function packageDir(name: string, from: string): string | null {
  const place = join(from, 'node_modules', name);
  if (existsSync(join(place, 'package.json'))) return place;
  const above = dirname(from);
  return above === from ? null : packageDir(name, above);
}

/** The packages that are needed at run time, by name. */
function packages(root: string, from = root, found = new Map<string, string>()): Map<string, string> {
  const manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as Manifest;
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    const dir = packageDir(name, from);
    // One inside another package comes with it.
    const within = from !== root && dir?.startsWith(join(from, 'node_modules'));
    if (dir === null || found.has(name) || within) continue;
    found.set(name, dir);
    packages(root, dir, found);
  }
  return found;
}

function putProgram(to: string): void {
  const root = dirname(kernelDir());
  const dist = join(root, 'dist');
  if (!existsSync(join(dist, 'cli/ow.js')))
    throw new SystemError('ow is not built: the guest would have no planner', 'npm run build');
  const own = join(to, 'package');
  cpSync(dist, join(own, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.d.ts') });
  cpSync(join(root, 'symbols'), join(own, 'symbols'), { recursive: true });
  copyFileSync(join(root, 'package.json'), join(own, 'package.json'));
  for (const [name, dir] of packages(root))
    cpSync(dir, join(own, 'node_modules', name), { recursive: true, dereference: true });
  symlinkSync('../package/dist/cli/ow.js', join(to, 'bin/ow'));
  copyFileSync(join(kernelDir(), 'arm/plan.sh'), join(to, 'bin/plan.sh'));
  chmodSync(join(to, 'bin/plan.sh'), 0o755);
}

/** Makes a file system of a file that is there, and has its size. */
export async function makePlannerDisk(file: string): Promise<void> {
  requirePrograms(['mke2fs']);
  const dir = `${file}.dir`;
  mkdirSync(join(dir, 'bin'), { recursive: true });
  try {
    putNode(dir);
    putProgram(dir);
    await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-O', '^has_journal', '-N', '16384', '-d', dir, file]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

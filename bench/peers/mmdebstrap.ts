// Directories from the Debian archive, made once: `mmdebstrap` into a temporary name, renamed when it is whole. A second
// maker waits for the first one's and uses it.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BenchError } from '../error.js';
import { lockedScript } from './lock.js';

export const DEFAULT_MIRROR = 'http://deb.debian.org/debian';
const SECURITY_MIRROR = 'http://deb.debian.org/debian-security';
/** The suites that have a security archive beside them. */
const STABLE = new Set(['bullseye', 'bookworm', 'trixie']);

/** `$1` the directory, `$2` its temporary name, then what mmdebstrap is told. */
const MAKE = 'have=$1 made=$2; shift 2; test -e "$have" || { mmdebstrap "$@" && mv -T "$made" "$have"; }';

export interface Bootstrap {
  readonly suite: string;
  readonly packages: readonly string[];
  /** `apt`: a root that programs run in. `extract`: only those packages' files, nothing installed. */
  readonly variant: 'apt' | 'extract';
  /** Replaces the archive, say by one of snapshot.debian.org's, when a kernel has left it. */
  readonly mirror?: string | undefined;
}

/** Makes `directory` unless it is there. */
export function bootstrap(directory: string, wanted: Bootstrap): void {
  if (existsSync(directory)) return;
  requireHost();
  process.stderr.write(`Making ${directory}: ${wanted.packages.join(', ')} from ${wanted.suite} …\n`);
  const temporary = mkdtempSync(join(dirname(directory), '.making-'));
  const target = join(temporary, 'root');
  try {
    const words = [directory, target, ...mmdebstrapArguments(target, wanted)];
    const run = lockedScript(directory, MAKE, words);
    if (run.status !== 0) {
      throw new BenchError(
        `mmdebstrap could not install ${wanted.packages.join(', ')} from ${wanted.suite}:\n${complaints(run.stderr ?? '')}`,
        'If the archive has moved on from that version, pass --mirror http://snapshot.debian.org/archive/debian/DATE.',
      );
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function mmdebstrapArguments(target: string, { suite, packages, variant, mirror }: Bootstrap): string[] {
  return [
    '--mode=root',
    `--variant=${variant}`,
    `--include=${packages.join(',')}`,
    // sid's Release file, and any snapshot's, may be past its date.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    suite,
    target,
    ...sources(suite, mirror),
  ];
}

function sources(suite: string, mirror: string | undefined): string[] {
  const archive = `deb ${mirror ?? DEFAULT_MIRROR} ${suite} main`;
  if (mirror !== undefined || !STABLE.has(suite)) return [archive];
  return [archive, `deb ${SECURITY_MIRROR} ${suite}-security main`];
}

function requireHost(): void {
  if (process.getuid?.() !== 0) {
    throw new BenchError('The peers run in a chroot, which only root may make.', 'Run it again with sudo.');
  }
  if (spawnSync('mmdebstrap', ['--version']).error !== undefined) {
    throw new BenchError('mmdebstrap is not installed.', 'Install it: apt install mmdebstrap');
  }
}

/** Its log is long; what went wrong is marked. */
function complaints(text: string): string {
  const lines = text.trimEnd().split('\n');
  const marked = lines.filter((line) => line.startsWith('E: ') && !line.includes('apt-get --yes'));
  return (marked.length > 0 ? marked : lines.slice(-8)).join('\n');
}

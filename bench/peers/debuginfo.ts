// The debuginfo package of exactly the kernel that died. One that differs by a rebuild would give wrong answers
// silently, so its build id is compared with the dump's.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from '../error.js';
import type { VmcoreInfo } from '../vmcore/vmcoreinfo.js';
import { readBuildId } from './build-id.js';
import { bootstrap } from './mmdebstrap.js';
import { cachePath } from './paths.js';

export interface Archive {
  /** Guessed from the kernel's release when absent. */
  readonly suite?: string | undefined;
  readonly mirror?: string | undefined;
}

const SUITE_OF_DEBIAN = new Map([
  ['12', 'bookworm'],
  ['13', 'trixie'],
  ['14', 'sid'],
]);

/** Fetches it if need be; the directory holds usr/lib/debug. */
export function debuginfoOf(info: VmcoreInfo, archive: Archive): string {
  const suite = archive.suite ?? suiteOf(info.release);
  const directory = cachePath(`debug-${info.release}`);
  bootstrap(directory, {
    suite,
    packages: [`linux-image-${info.release}-dbg`],
    variant: 'extract',
    mirror: archive.mirror,
  });
  checkBuildId(directory, info, suite);
  return directory;
}

/** Where the packages of every suite have it, as seen from inside a root. */
export function vmlinuxPath(release: string): string {
  return `/usr/lib/debug/boot/vmlinux-${release}`;
}

function checkBuildId(directory: string, info: VmcoreInfo, suite: string): void {
  const vmlinux = join(directory, vmlinuxPath(info.release));
  if (!existsSync(vmlinux))
    throw new BenchError(`${directory} holds no vmlinux.`, 'Remove it and run again.');
  const have = readBuildId(vmlinux);
  if (have === info.buildId) return;
  throw new BenchError(
    `The dump's kernel ${info.release} has build id ${info.buildId}, the debuginfo from ${suite} has ${have}: same release, another build.`,
    `Remove ${directory} and name the suite or snapshot that the guest's kernel came from: --suite, --mirror.`,
  );
}

function suiteOf(release: string): string {
  const debian = /\+deb(\d+)/.exec(release)?.[1];
  const suite = debian === undefined ? beforeTrixie(release) : SUITE_OF_DEBIAN.get(debian);
  if (suite !== undefined) return suite;
  throw new BenchError(`No Debian suite is known for kernel ${release}.`, 'Name it: --suite SUITE.');
}

/** Debian put its own release into the kernel's from trixie on. */
function beforeTrixie(release: string): string | undefined {
  if (release.startsWith('5.10.')) return 'bullseye';
  return release.startsWith('6.1.') ? 'bookworm' : undefined;
}

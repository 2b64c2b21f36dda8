// A root file system of the guest's suite with its compiler and the headers of exactly its kernel, and running
// programs in it. Unpacked, because many builds use one: only what has changed is compiled again.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SystemError } from '../base/error.js';
import type { Guest } from './build.js';
import { interruptible, requirePrograms, run } from './host.js';
import { withLock } from './lock.js';
import { defaultCacheDir, digest } from './recipe.js';
import { suiteArgs } from './suites.js';

const PACKAGES = ['gcc', 'make', 'libc6-dev', 'sparse'] as const;
const PROGRAMS = ['mmdebstrap', 'tar', 'flock', 'unshare', 'chroot'] as const;

/** Where kernels go that the archive proper no longer has, or has not yet. */
const SECURITY = 'http://deb.debian.org/debian-security';

/** Raise when the way of making changes though none of the inputs do. */
const RECIPE_VERSION = 1;

export interface BuildRoot {
  readonly dir: string;
  /** Held while something is built in it. */
  readonly lock: string;
}

const headersOf = (guest: Guest) => `linux-headers-${guest.release}`;

function keyOf(guest: Guest): string {
  const { suite, flavour, mirror } = guest.spec;
  return `${suite}-${flavour}-${digest([String(RECIPE_VERSION), headersOf(guest), mirror, ...PACKAGES])}`;
}

async function debootstrap(guest: Guest, tar: string, security: boolean, say: (line: string) => void) {
  const { suite, mirror } = guest.spec;
  const args = [
    '--variant=minbase',
    '--format=tar',
    `--include=${[headersOf(guest), ...PACKAGES].join(',')}`,
    ...suiteArgs(suite),
    ...[suite, tar, mirror],
    ...(security ? [`deb ${SECURITY} ${suite}-security main`] : []),
  ];
  await run('mmdebstrap', args, {
    onLine: (line) => line.startsWith('I: ') && say(`${suite}: ${line.slice(3)}`),
  });
}

/** From the archive; where that has moved on since the guest was made, from its security part as well. */
async function fetchRoot(guest: Guest, tar: string, say: (line: string) => void): Promise<void> {
  try {
    await debootstrap(guest, tar, false, say);
  } catch (error) {
    if (guest.spec.suite === 'sid' || !missesHeaders(error)) throw withAdvice(error, guest);
    say(`${guest.spec.suite}: ${headersOf(guest)} is not in ${guest.spec.mirror}; looking in ${SECURITY}`);
    await debootstrap(guest, tar, true, say).catch((second) => {
      throw withAdvice(second, guest);
    });
  }
}

const missesHeaders = (error: unknown) =>
  error instanceof SystemError && /nable to locate package|no installation candidate/.test(error.hint ?? '');

function withAdvice(error: unknown, guest: Guest): unknown {
  if (!missesHeaders(error)) return error;
  return new SystemError(
    `the archive no longer has ${headersOf(guest)}, which the module must be built with`,
    `remove ${guest.dir} and its rootfs: the guest is then made anew, with the kernel that the archive has now`,
  );
}

// Device nodes are root's to make; others get the host's, in a namespace of their own.
const UNPACK = `mkdir -p "$2"; if [ "$(id -u)" = 0 ]; then tar -C "$2" -xf "$1"
else tar --exclude='./dev/*' --no-same-owner -C "$2" -xf "$1"; fi`;

// objtool wants /proc. Root without the right to mount does without.
const ENTER = `inside='mount --rbind /proc "$1/proc"; [ -c "$1/dev/null" ] || mount --rbind /dev "$1/dev"; exec chroot "$@"'
if [ "$(id -u)" != 0 ]; then exec unshare --map-root-user --mount sh -euc "$inside" sh "$@"; fi
if unshare --mount true 2>/dev/null; then exec unshare --mount sh -euc "$inside" sh "$@"; fi
exec chroot "$@"`;

async function makeRoot(guest: Guest, final: string, say: (line: string) => void): Promise<void> {
  const work = `${final}.partial-${process.pid}`;
  const clean = () => {
    for (const path of [work, `${work}.tar`]) rmSync(path, { recursive: true, force: true });
  };
  say(`${guest.spec.suite}: compiler and ${headersOf(guest)}`);
  await interruptible(clean, async () => {
    try {
      await fetchRoot(guest, `${work}.tar`, say);
      await run('sh', ['-euc', UNPACK, 'sh', `${work}.tar`, work]);
      if (!existsSync(join(work, 'usr/src', headersOf(guest))))
        throw new SystemError(`${headersOf(guest)} did not install`);
      writeFileSync(join(work, 'otherworld.json'), `${JSON.stringify({ release: guest.release })}\n`);
      renameSync(work, final);
    } finally {
      clean();
    }
  });
}

/** The build root of a guest's kernel, made where it is not there yet. */
export async function buildRoot(
  guest: Guest,
  options: { readonly cacheDir?: string; readonly onProgress?: (line: string) => void },
): Promise<BuildRoot> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const say = options.onProgress ?? (() => {});
  const dir = join(cacheDir, `buildroot-${keyOf(guest)}`);
  const [mark, lock] = [join(dir, 'otherworld.json'), `${dir}.lock`];
  if (!existsSync(mark)) {
    requirePrograms(PROGRAMS);
    mkdirSync(cacheDir, { recursive: true });
    await withLock(
      lock,
      () => say('waiting for another build of the compiler'),
      async () => {
        if (!existsSync(mark)) await makeRoot(guest, dir, say);
      },
    );
  }
  utimesSync(mark, new Date(), new Date());
  return { dir, lock };
}

/** Runs a program in the build root. */
export function runIn(
  root: BuildRoot,
  command: readonly string[],
  onLine: (line: string) => void,
): Promise<void> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  const inside = ['env', '-i', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...command];
  return run('sh', ['-euc', ENTER, 'sh', root.dir, ...inside], { onLine });
}

/** What a build root was made for. */
export function releaseOf(root: BuildRoot): string {
  return (JSON.parse(readFileSync(join(root.dir, 'otherworld.json'), 'utf8')) as { release: string }).release;
}

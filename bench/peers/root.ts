// A peer's root: a Debian tree with the tool in it, the debuginfo hard-linked in, and for the time of one run a
// directory with the vmcore and the scripts. Nothing is mounted, so there is nothing to leave mounted behind.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BenchError } from '../error.js';
import { lockedScript } from './lock.js';
import { bootstrap } from './mmdebstrap.js';
import { cachePath } from './paths.js';

export interface Tool {
  readonly name: 'drgn' | 'drgn-sid' | 'crash';
  readonly suite: string;
  readonly packages: readonly string[];
}

/** The first Debian releases whose versions read kernels of today (crash 8 loses most tasks of a 6.1 dump). */
export const DRGN: Tool = { name: 'drgn', suite: 'trixie', packages: ['python3-drgn'] };
/** Unwinds stacks of 7.2 too: older versions do not know its ORC header. */
export const NEWEST_DRGN: Tool = { name: 'drgn-sid', suite: 'sid', packages: ['python3-drgn'] };
export const CRASH: Tool = { name: 'crash', suite: 'sid', packages: ['crash'] };

export class PeerRoot {
  private constructor(readonly path: string) {}

  static make(tool: Tool, debuginfo: string, release: string): PeerRoot {
    const path = cachePath(`peers-${tool.name}`);
    bootstrap(path, { suite: tool.suite, packages: tool.packages, variant: 'apt' });
    linkDebuginfo(debuginfo, path, release);
    return new PeerRoot(path);
  }

  /** The command line that runs `command` inside. */
  inside(command: readonly string[]): string[] {
    return ['chroot', this.path, ...command];
  }

  version(command: readonly string[]): string {
    const [program = '', ...rest] = this.inside(command);
    return (
      spawnSync(program, rest, { encoding: 'utf8' })
        .stdout.trim()
        .split(/\n| \(/)[0] ?? ''
    );
  }

  /** Its path inside the root; undone by `close`. */
  openRun(vmcore: string, scripts: readonly string[]): PeerRun {
    return new PeerRun(this.path, vmcore, scripts);
  }
}

export class PeerRun {
  private readonly directory: string;

  constructor(
    private readonly root: string,
    vmcore: string,
    scripts: readonly string[],
  ) {
    this.directory = mkdtempSync(join(root, 'run-'));
    linkSync(vmcore, join(this.directory, 'vmcore'));
    for (const script of scripts) copyFileSync(script, join(this.directory, basename(script)));
  }

  /** A file of this run as the peer sees it. */
  path(name: string): string {
    return join(this.directory, name).slice(this.root.length);
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Hard links, since the cache is one file system and debuginfo is two gigabytes. The mark says that all are there. */
function linkDebuginfo(debuginfo: string, root: string, release: string): void {
  const mark = join(root, 'usr/lib/debug', `.linked-${release}`);
  if (existsSync(mark)) return;
  const words = [join(debuginfo, 'usr/lib/debug'), join(root, 'usr/lib/debug'), mark];
  const copy = lockedScript(root, 'mkdir -p "$2"; cp -alf "$1/." "$2"; touch "$3"', words);
  if (copy.status !== 0) throw new BenchError(`Cannot link ${debuginfo} into ${root}: ${copy.stderr}`);
}

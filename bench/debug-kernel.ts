// The resurrector under a kernel that watches itself (KASAN, UBSan, lockdep, kmemleak and their like): such a kernel is built of
// Debian's sources, then it is the crash kernel in which the workloads are resurrected, and the main kernel whose panic the
// module saves. Prints what they reported.
//
//   npx tsx bench/debug-kernel.ts FOLDER [WORK,…|panic]…
//
// FOLDER is where the kernel is built (once; 3 GB) and where the runs' folders are left. Exit code 1 where anything is reported or
// anybody did not come back.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OwError } from '../src/base/error.js';
import { runBare } from '../src/lab/bare.js';
import { buildGuest, type Guest } from '../src/lab/build.js';
import { unexpected, verdictsOf } from '../src/lab/known-limits.js';
import { moduleForTree } from '../src/lab/module.js';
import { runGuest } from '../src/lab/run.js';
import { findings, lastKernel } from './debug-kernel/findings.js';
import { BenchError, fail } from './error.js';

const BUILD = new URL('./debug-kernel/build.sh', import.meta.url).pathname;
const PANIC_INIT = new URL('../tests/guest/panic-area/init.c', import.meta.url).pathname;
const SUITE = 'bookworm';
/** A crash kernel with KASAN keeps an eighth of its memory, and what maps the dead kernel's, for shadows. */
const MACHINE = { ramBytes: 2560 * 2 ** 20, append: 'crashkernel=1G' };
/** It is ten times as slow as the one that it takes the place of, and another build, with a vDSO of its own. */
const APPEND = 'ow.vdso=any ow.after=/otherworld/after/watched.sh ow.wait=600 kmemleak=on';
const SILENCE_SECONDS = 900;
const END = /---\[ end Kernel panic/;

const say = (line: string) => process.stderr.write(`${line}\n`);

/** What is to be told of a kernel's console, and whether it is nothing. */
function told(title: string, console: string, more: readonly string[]): boolean {
  const found = findings(console);
  const lines = [`${title}: ${found.length} reports`, ...found, ...more];
  process.stdout.write(`${lines.join('\n  ')}\n`);
  return found.length === 0;
}

/** The workloads' run: dead is the guest's own kernel. */
async function resurrect(folder: string, work: string): Promise<boolean> {
  const out = join(folder, work.replaceAll(',', '-'));
  const { dir, resurrection } = await runGuest({
    ...{ suite: SUITE, out, noSnapshot: true, onProgress: say },
    machine: { ...MACHINE, workloads: work.split(',') },
    kit: { panic: 'sysrq', record: false, crashKernel: join(folder, 'build'), append: APPEND },
    guard: { silenceSeconds: SILENCE_SECONDS },
  });
  const { outcome, reason, said, stages } = resurrection;
  const resumed = stages.find(({ name }) => name === 'resumed')?.host;
  const time = resumed === undefined ? '' : ` ${(resumed / 1000).toFixed(1)} s after the panic`;
  const kept = said.filter((line) => /^watched: |^leak: |\bFAIL\b|\bLOST\b|\bpassed, /.test(line));
  const console = lastKernel(readFileSync(join(dir, 'console.log'), 'latin1'));
  const quiet = told(work, console, [`${outcome}${time}${reason === null ? '' : `: ${reason}`}`, ...kept]);
  const back = outcome === 'resurrected' && unexpected(SUITE, verdictsOf(said)).length === 0;
  return quiet && back && kept.includes('watched: 0 leaks');
}

/** The panic of the kernel itself, with the module's probes in it. `into`: a crash kernel, by NMI; else the CPUs are stopped. */
async function panic(guest: Guest, folder: string, into: 'kexec' | 'none'): Promise<boolean> {
  const { file, image } = await moduleForTree(join(folder, 'build'), { onProgress: say });
  const ram = join(folder, `panic-${into}.raw`);
  const console = await runBare(guest, {
    ...{ kernel: image, init: PANIC_INIT, files: { 'otherworld.ko': file, vmlinuz: guest.kernel } },
    ...{ cpus: 3, ramBytes: 2 ** 30, ram, until: END, timeoutSeconds: SILENCE_SECONDS },
    append: into === 'kexec' ? 'loglevel=7 crashkernel=256M way=kexec' : 'loglevel=7',
  });
  writeFileSync(join(folder, `panic-${into}.log`), console);
  return told(`panic (crash kernel: ${into})`, console, []);
}

async function main(): Promise<void> {
  const [folder, ...wanted] = process.argv.slice(2);
  if (folder === undefined)
    throw new BenchError('usage: npx tsx bench/debug-kernel.ts FOLDER [WORK,…|panic]…');
  if (!existsSync(join(folder, 'build/arch/x86/boot/bzImage')))
    execFileSync(BUILD, [folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  let good = true;
  for (const each of wanted.length > 0 ? wanted : ['victims', 'editors', 'panic']) {
    if (each !== 'panic') {
      good = (await resurrect(folder, each)) && good;
      continue;
    }
    const guest = await buildGuest({ suite: SUITE, onProgress: say });
    for (const into of ['kexec', 'none'] as const) good = (await panic(guest, folder, into)) && good;
  }
  process.exitCode = good ? 0 : 1;
}

main().catch((error: unknown) => {
  fail(error instanceof OwError ? new BenchError(error.message, error.hint) : error);
});

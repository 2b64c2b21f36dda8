// How long a guest stands still between panic and going on, beside how long Debian's crash kernel takes until its init:
// the same kernel, loaded as it is on the disk, with kdump-tools' command line and the initrd that Debian makes
// (initramfs-tools, MODULES=most). Prints what of ours is the jump, the kernel's boot, and the executor's:
//   npx tsx bench/crash-initrd.ts [SUITE] [RUNS]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildGuest, type Guest } from '../src/lab/build.js';
import { run } from '../src/lab/host.js';
import { defaultCacheDir } from '../src/lab/recipe.js';
import { runGuest } from '../src/lab/run.js';
import { parseSuite, suiteArgs } from '../src/lab/suites.js';

const suite = parseSuite(process.argv[2] ?? 'bookworm');
const runs = Number(process.argv[3] ?? 3);
const machine = { workloads: ['editors'] };
const say = (line: string) => process.stderr.write(`${line}\n`);

/** The initrd of a system of this suite with this kernel; made once. */
async function debianInitrd(guest: Guest): Promise<string> {
  const file = join(defaultCacheDir(), `debian-initrd-${guest.release}`);
  if (existsSync(file)) return file;
  const tar = `${file}.tar-${process.pid}`;
  say(`${suite}: the initrd that Debian makes`);
  try {
    const packages = [`linux-image-${guest.release}`, 'initramfs-tools', 'zstd'];
    const args = [
      '--variant=minbase',
      '--format=tar',
      `--include=${packages.join(',')}`,
      ...suiteArgs(suite),
    ];
    await run('mmdebstrap', [...args, suite, tar, guest.spec.mirror]);
    const name = `./boot/initrd.img-${guest.release}`;
    const initrd = execFileSync('tar', ['-xOf', tar, name], { maxBuffer: 1 << 28 });
    writeFileSync(`${file}.part`, initrd);
    renameSync(`${file}.part`, file);
    return file;
  } finally {
    rmSync(tar, { force: true });
  }
}

const dir = mkdtempSync(join(tmpdir(), 'ow-bench-'));

/**
 * kdump-config of kdump-tools 1.8 (Debian 12): the arguments of the main kernel, then KDUMP_CMDLINE_APPEND. It has kexec(8) load
 * kernel and initrd with kexec_file_load(2). no_timer_check is not Debian's: without, some emulated machines do not boot.
 */
const DEBIAN_ARGUMENTS = [
  'panic=0 oops=panic no_timer_check',
  'reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb',
].join(' ');

/**
 * Seconds. The jump ends where the crash kernel's clock begins, its boot where the executor has its modules. These two are told
 * apart by that clock, which is far out where it was calibrated on a host that had other things to do; the rest is the host's.
 */
interface Parts {
  readonly jump: number;
  readonly boot: number;
  readonly executor: number;
  readonly total: number;
}

/** Until the resurrected went on. */
async function ours(): Promise<Parts> {
  const kit = { panic: 'sysrq', record: false };
  const { resurrection } = await runGuest({ suite, out: join(dir, 'ours'), machine, kit, noSnapshot: true });
  const stage = (name: string) => resurrection.stages.find((each) => each.name === name);
  const [modules, resumed] = [stage('modules'), stage('resumed')];
  if (!modules?.guest || !resumed) throw new Error(`${resurrection.outcome}: ${resurrection.reason}`);
  return {
    jump: (modules.host - modules.guest) / 1000,
    boot: modules.guest / 1000,
    executor: (resumed.host - modules.host) / 1000,
    total: resumed.host / 1000,
  };
}

/** Seconds from the panic until the first words of an init on the root disk. */
async function debians(initramfs: string): Promise<number> {
  let began = 0;
  let up = 0;
  const stop = new AbortController();
  const ended = runGuest({
    suite,
    out: join(dir, 'debian'),
    machine,
    // init.c, as in the guest; it finds no work, and says that the guest is up.
    kit: {
      panic: 'sysrq',
      record: false,
      initramfs,
      packed: true,
      base: DEBIAN_ARGUMENTS,
      append: 'root=/dev/vda init=/otherworld/bin/init ow.panic=none',
    },
    noSnapshot: true,
    guard: { signal: stop.signal },
    onStage: ({ name }) => {
      if (name === 'panic') began = Date.now();
    },
    onProgress: (line) => {
      if (began > 0 && line === 'guest: guest up') up = Date.now();
      if (up > 0) stop.abort('measured');
    },
  });
  const late = sleep(300_000, undefined, { ref: false }).then(() => stop.abort('nothing in five minutes'));
  await Promise.race([ended, late]);
  await ended;
  if (up === 0) throw new Error("the crash kernel with Debian's initrd did not reach its init");
  return (up - began) / 1000;
}

const median = (values: number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const told = (values: number[]) =>
  `${median(values).toFixed(2)} s (${values.map((value) => value.toFixed(2)).join(', ')})`;

try {
  const initrd = await debianInitrd(await buildGuest({ suite, onProgress: say }));
  const [mine, theirs]: [Parts[], number[]] = [[], []];
  for (let i = 0; i < runs; i++) {
    theirs.push(await debians(initrd));
    mine.push(await ours());
  }
  const print = (name: string, seconds: number[]) =>
    process.stdout.write(`${name.padEnd(46)} ${told(seconds)}\n`);
  const ofMine = (part: keyof Parts) => mine.map((run) => run[part]);
  print('panic to the first resurrected instruction', ofMine('total'));
  print('  to the first line of the crash kernel', ofMine('jump'));
  print('  its boot, and the modules', ofMine('boot'));
  print('  the executor', ofMine('executor'));
  print("panic to the init of Debian's crash kernel", theirs);
  process.stdout.write(`ratio ${(median(ofMine('total')) / median(theirs)).toFixed(2)}\n`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

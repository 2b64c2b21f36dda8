// How long a guest stands still between panic and going on, beside how long the same crash kernel takes with the initrd that
// Debian makes (initramfs-tools, MODULES=most) until it has reached its init on the root disk:
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

/** Seconds until the resurrected went on. */
async function ours(): Promise<number> {
  const kit = { panic: 'sysrq', record: false };
  const { resurrection } = await runGuest({ suite, out: join(dir, 'ours'), machine, kit, noSnapshot: true });
  const resumed = resurrection.stages.find(({ name }) => name === 'resumed');
  if (!resumed) throw new Error(`${resurrection.outcome}: ${resurrection.reason}`);
  return resumed.host / 1000;
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
  const [mine, theirs]: [number[], number[]] = [[], []];
  for (let i = 0; i < runs; i++) {
    theirs.push(await debians(initrd));
    mine.push(await ours());
  }
  process.stdout.write(`panic to the first resurrected instruction       ${told(mine)}\n`);
  process.stdout.write(`panic to the init, with the initrd that Debian makes  ${told(theirs)}\n`);
  process.stdout.write(`ratio ${(median(mine) / median(theirs)).toFixed(2)}\n`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

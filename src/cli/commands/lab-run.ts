// `ow lab run`: the whole loop on a guest, from work to panic to the same work going on.

import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { writeFileAtomically } from '../../base/atomic-file.js';
import { EXIT } from '../../base/error.js';
import { MACHINES } from '../../lab/qemu.js';
import { runGuest } from '../../lab/run.js';
import { RECORD_VERSIONS, type Records } from '../records.js';
import { type CaptureFlags, guestOptions, machineOptions, wholeNumber, withGuestOptions } from './lab.js';
import { reportLines, reportRun } from './lab-run-report.js';

interface RunFlags extends CaptureFlags {
  readonly select?: readonly string[];
  readonly crashAppend: string;
  readonly crashKernel?: string;
  readonly init?: string;
  readonly after?: string;
  readonly verify: boolean;
  readonly record?: boolean;
  readonly digests: boolean;
  readonly boot?: boolean;
  readonly keepDump?: boolean;
  readonly planner: 'host' | 'guest';
  readonly json?: boolean;
}

type RunRecord = Records['lab-run'] & { readonly schema: string };

const crashArguments = ({ crashAppend, after }: RunFlags) =>
  [crashAppend, ...(after === undefined ? [] : [`ow.after=${after}`])].join(' ').trim();

async function runLoop(flags: RunFlags): Promise<number> {
  const { panic: _, ...machine } = machineOptions({ ...flags, panic: 'sysrq' });
  const { dir, resurrection } = await runGuest({
    ...guestOptions(flags),
    out: flags.out,
    machine,
    kit: {
      panic: flags.panic,
      record: flags.record ?? false,
      append: crashArguments(flags),
      ...(flags.init === undefined ? {} : { init: flags.init }),
      ...(flags.crashKernel === undefined ? {} : { crashKernel: flags.crashKernel }),
    },
    guard: { selectors: flags.select ?? [], digests: flags.digests },
    planner: flags.planner,
    boot: flags.boot ?? false,
    keepDump: flags.keepDump ?? false,
    noSnapshot: !flags.verify,
    timeoutSeconds: wholeNumber(flags.timeout, '--timeout'),
  });
  const report = reportRun(dir, resurrection, flags.verify);
  const record: RunRecord = { schema: `otherworld/lab-run/${RECORD_VERSIONS['lab-run']}`, ...report };
  writeFileAtomically(join(dir, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
  const lines = flags.json ? [JSON.stringify(record)] : reportLines(report);
  for (const line of lines) process.stdout.write(`${line}\n`);
  return report.good ? EXIT.ok : EXIT.broken;
}

/** `onCode`: told how the run ended (docs/exit-codes.md). */
export function registerRun(lab: Command, onCode: (code: number) => void): void {
  withGuestOptions(lab.command('run'))
    .description(
      'boot a guest, run workloads, panic it, resurrect it; leaves guard.json, plan, journal, dump-after.raw',
    )
    .requiredOption('-o, --out <dir>', 'folder of the run; an earlier run there is replaced')
    .option('--work <list>', 'workloads, separated by commas', 'editors')
    .option(
      '--panic <way>',
      'sysrq, nmi, a word of crasher.ko, or PATH=WORD: what the guest writes where',
      'sysrq',
    )
    .option(
      '-s, --select <selector>',
      'as for ow plan build',
      (text: string, others: readonly string[] = []) => [...others, text],
    )
    .option('--after <program>', "what is run in the guest's world afterwards")
    .option('--record', 'have the guest write down the truth before it panics')
    .option('--no-verify', 'take no image of the memory afterwards, and verify nothing in it')
    .option('--no-digests', 'plan without digests of pages')
    .addOption(
      new Option('--planner <where>', 'who makes the plan: the crash kernel itself, or its host')
        .choices(['host', 'guest'])
        .default('host'),
    )
    .option('--boot', 'boot the guest, instead of going on from the state that was kept when it was ready')
    .option('--keep-dump', "keep the dead kernel's memory too (dump-before.raw)")
    .option('--json', 'run.json on standard output instead of the table')
    .option('--init <program>', 'another init of the crash kernel than the executor')
    .option('--crash-kernel <dir>', 'folder in which another kernel was built, to be the crash kernel')
    .option('--crash-append <args>', 'more arguments of the crash kernel', '')
    .option('--ram <size>', 'RAM, such as 1G or 4G', '1G')
    .option('--cpus <n>', 'processors', '2')
    .option('--cpu <model>', "processor model, as for QEMU's -cpu")
    .addOption(new Option('--machine <type>', 'machine type').choices([...MACHINES]).default('q35'))
    .option('--append <args>', 'more kernel arguments', '')
    .option('--kvm', 'hardware virtualisation instead of emulation')
    .option('--timeout <seconds>', 'how long the guest may take until its panic', '900')
    .action(async (flags: RunFlags) => onCode(await runLoop(flags)));
}

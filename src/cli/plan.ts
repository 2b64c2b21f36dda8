// `ow plan`: restore plans, from building them to explaining what came of them. Each command is loaded when it is named.
import { Command, Option } from 'commander';
import { EXIT } from '../base/error.js';
import { addGlobals, runProgram } from './options.js';
import { type OutputOptions, printResult } from './output.js';
import type { BuildFlags } from './plan/build.js';
import type { CheckFlags } from './plan/check.js';
import type { FromJsonFlags } from './plan/from-json.js';
import type { ShowFlags } from './plan/show.js';
import type { SimulateFlags } from './plan/simulate.js';
import type { VerifyFlags } from './plan/verify.js';
import type { ColorChoice } from './render/style.js';

interface OutputFlags {
  readonly json?: boolean;
  readonly color: ColorChoice;
}

/** Adds what is special to a command; `end` takes its exit code. */
type Definition = (command: Command, end: (code: number) => void) => void;

const COMMANDS: Readonly<Record<string, Definition>> = {
  build: (command, end) => {
    addGlobals(command)
      .description('plan how the processes of a dump are brought back (docs/resources.md)')
      .argument('<dump>')
      .option('-o, --output <plan>', 'file to write')
      .option(
        '-s, --select <selector>',
        'NAME, PID, session:SID, cgroup:PATH, or all; may be said more than once (default: all)',
        (text: string, others: readonly string[] = []) => [...others, text],
      )
      .option('-n, --dry-run', 'plan, and write nothing')
      .option('--digests', 'with a digest of the contents of every run of pages')
      .option('-v, --verbose', 'say why each process was taken, and each refusal')
      .action(async (dump: string, flags: BuildFlags) => {
        const { build } = await import('./plan/build.js');
        end(await build(dump, flags));
      });
  },
  show: (command) => {
    withOutput(command)
      .description('show what is in a plan; with --json, for `from-json`')
      .argument('<plan>')
      .option('-p, --pid <pid...>', 'these processes only')
      .option('-k, --kind <kind...>', 'objects of a kind: socket; one of them: socket:3')
      .option('--refusals', 'what cannot be restored')
      .option('--steps', 'what the executor does, in order')
      .action(async (path: string, flags: ShowFlags) => {
        const { show } = await import('./plan/show.js');
        await show(path, flags);
      });
  },
  'from-json': (command) => {
    command
      .description('make a plan of what `show --json` has printed')
      .argument('<json>')
      .option('-o, --output <plan>', 'file to write')
      .option('--original <plan>', 'where it differs from this plan, mark it as edited')
      .action(async (path: string, flags: FromJsonFlags) => {
        const { fromJson } = await import('./plan/from-json.js');
        process.stdout.write(`${fromJson(path, flags)}\n`);
      });
  },
  check: (command, end) => {
    addGlobals(command)
      .description('hold a plan to the invariants (docs/invariants.md)')
      .argument('<plan>')
      .option('-d, --dump <dump>', 'hold it against the dump that it was made of, too')
      .action(async (path: string, flags: CheckFlags) => {
        const { check } = await import('./plan/check.js');
        end(await printResult(await check(path, flags), output(flags)));
      });
  },
  diff: (command, end) => {
    withOutput(command)
      .description('compare two plans by what their objects are; exit code 1 where they differ, as diff(1)')
      .argument('<before>')
      .argument('<after>')
      .option(
        '-i, --ignore <field...>',
        'fields to pass over: a path or a part of one; `volatile` for what moves on by itself',
      )
      .action(
        async (
          before: string,
          after: string,
          flags: OutputFlags & { readonly ignore?: readonly string[] },
        ) => {
          const { diff } = await import('./plan/diff.js');
          end(await printResult(diff(before, after, flags.ignore ?? []), output(flags)));
        },
      );
  },
  journal: (command, end) => {
    withOutput(command)
      .description('explain what an executor wrote of a plan: what failed, what that means, what to try')
      .argument('<plan>')
      .argument('<journal>')
      .option('-a, --all', 'show the steps that were done too')
      .action(async (path: string, journalPath: string, flags: OutputFlags & { readonly all?: boolean }) => {
        const { journal } = await import('./plan/journal.js');
        end(await printResult(journal(path, journalPath, flags.all === true), output(flags)));
      });
  },
  simulate: (command, end) => {
    addGlobals(command)
      .description('carry a plan out in a model of the kernel, and write what would run as core files')
      .argument('<plan>')
      .requiredOption('-d, --dump <dump>', 'the dump that it was made of')
      .option('-o, --output <dir>', 'folder for core.PID and the journal')
      .action(async (path: string, flags: SimulateFlags) => {
        const { simulate } = await import('./plan/simulate.js');
        end(await simulate(path, flags));
      });
  },
  verify: (command, end) => {
    addGlobals(command)
      .description('hold what runs after a resurrection against the plan')
      .argument('<plan>')
      .requiredOption(
        '--after <dump>',
        'a dump that was taken then; of a crash kernel, where one has booted in it',
      )
      .option('--pid-namespace <inode>', 'where they live (default: where most are found by PID and name)')
      .option('-v, --verbose', 'show every difference')
      .action(async (path: string, flags: VerifyFlags) => {
        const { verify } = await import('./plan/verify.js');
        end(await verify(path, flags));
      });
  },
};

/** The command that is named alone is defined, where one is: all of them take longer to define than a short run can spare. */
export async function runPlan(argv: readonly string[]): Promise<number> {
  const program = new Command('ow plan').description(
    'Restore plans: what the crash kernel is to do (docs/plan.md).',
  );
  let code: number = EXIT.ok;
  const named = Object.entries(COMMANDS).filter(([name]) => name === argv[0]);
  for (const [name, define] of named.length > 0 ? named : Object.entries(COMMANDS)) {
    define(program.command(name), (ended) => {
      code = ended;
    });
  }
  const status = await runProgram(program, argv);
  return status === EXIT.ok ? code : status;
}

function output({ json = false, color }: OutputFlags): OutputOptions {
  return { json, color };
}

function withOutput(command: Command): Command {
  return command
    .option('--json', 'print JSON (docs/json.md)')
    .addOption(
      new Option('--color <when>', 'colour the output').choices(['auto', 'always', 'never']).default('auto'),
    );
}

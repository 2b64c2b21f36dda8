// `ow plan`: restore plans, from building them to explaining what came of them. Each command is loaded when it is named.
import { Command, Option } from 'commander';
import { EXIT } from '../base/error.js';
import { addGlobals, runProgram } from './options.js';
import { printResult } from './output.js';
import type { BuildFlags } from './plan/build.js';
import type { ColorChoice } from './render/style.js';
import type { AnyResult } from './result.js';

interface OutputFlags {
  readonly json?: boolean;
  readonly color: ColorChoice;
}

export async function runPlan(argv: readonly string[]): Promise<number> {
  const program = new Command('ow plan').description(
    'Restore plans: what the crash kernel is to do (docs/plan.md).',
  );
  let code: number = EXIT.ok;
  const print = async (result: AnyResult, { json = false, color }: OutputFlags): Promise<void> => {
    code = await printResult(result, { json, color });
  };
  addGlobals(program.command('build'))
    .description('plan how the processes of a dump are brought back (docs/resources.md)')
    .argument('<dump>')
    .option('-o, --output <plan>', 'file to write')
    .option('-s, --select <selector...>', 'NAME, PID, session:SID, cgroup:PATH, or all (default: all)')
    .option('-n, --dry-run', 'plan, and write nothing')
    .option('--digests', 'with a digest of the contents of every run of pages')
    .option('-v, --verbose', 'say why each process was taken, and each refusal')
    .action(async (dump: string, flags: BuildFlags) => {
      const { build } = await import('./plan/build.js');
      code = await build(dump, flags);
    });
  withOutput(program.command('check'))
    .description('hold a plan to the invariants (docs/invariants.md)')
    .argument('<plan>')
    .action(async (path: string, flags: OutputFlags) => {
      const { check } = await import('./plan/check.js');
      await print(check(path), flags);
    });
  withOutput(program.command('diff'))
    .description('compare two plans by what their objects are; exit code 1 where they differ, as diff(1)')
    .argument('<before>')
    .argument('<after>')
    .option(
      '-i, --ignore <field...>',
      'fields to pass over: a path or a part of one; `volatile` for what moves on by itself',
    )
    .action(
      async (before: string, after: string, flags: OutputFlags & { readonly ignore?: readonly string[] }) => {
        const { diff } = await import('./plan/diff.js');
        await print(diff(before, after, flags.ignore ?? []), flags);
      },
    );
  withOutput(program.command('journal'))
    .description('explain what an executor wrote of a plan: what failed, what that means, what to try')
    .argument('<plan>')
    .argument('<journal>')
    .option('-a, --all', 'show the steps that were done too')
    .action(async (path: string, journalPath: string, flags: OutputFlags & { readonly all?: boolean }) => {
      const { journal } = await import('./plan/journal.js');
      await print(journal(path, journalPath, flags.all === true), flags);
    });
  const status = await runProgram(program, argv);
  return status === EXIT.ok ? code : status;
}

function withOutput(command: Command): Command {
  return command
    .option('--json', 'print JSON (docs/json.md)')
    .addOption(
      new Option('--color <when>', 'colour the output').choices(['auto', 'always', 'never']).default('auto'),
    );
}

// `ow plan verify P --after D2`: whether what runs after the resurrection is what the plan said.
import { EXIT } from '../../base/error.js';
import { lazySnapshot } from '../../parsers/build-snapshot.js';
import { openDump } from '../../parsers/dump.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import { FEATURE } from '../../resurrect/abi/records/container.js';
import { buildPlan } from '../../resurrect/plan/build-plan.js';
import { holds, type Verified, verifyPlan } from '../../resurrect/verify/verify-plan.js';
import { type GlobalOptions, openOptions } from '../options.js';
import { printResult } from '../output.js';
import { reportProgress } from '../render/progress.js';
import type { Style } from '../render/style.js';
import { plural } from '../render/units.js';
import { line } from './diff.js';
import { DumpMemory } from './dump-memory.js';
import { readPlan } from './plan-file.js';

export interface VerifyFlags extends GlobalOptions {
  readonly after: string;
  readonly verbose?: boolean;
}

export async function verify(path: string, flags: VerifyFlags): Promise<number> {
  const plan = readPlan(path);
  const bar = reportProgress(process.stderr);
  const dump = openDump(flags.after, openOptions(flags));
  try {
    const digests = (plan.header.features & BigInt(FEATURE.digests)) !== 0n;
    const snapshot = lazySnapshot(dump, { stacks: false });
    const after = buildPlan(snapshot, digests ? { frames: new DumpMemory(dump) } : {}).plan;
    const processes = verifyPlan(plan, after);
    bar.clear();
    const output = { holds: holds(plan, processes), processes };
    const { json = false, color, verbose = false } = flags;
    return await printResult(
      {
        schema: 'plan-verify',
        data: () => output,
        text: (style) => lines(plan, output.holds, processes, verbose, style),
        exitCode: output.holds ? EXIT.ok : EXIT.broken,
      },
      { json, color },
    );
  } finally {
    bar.clear();
    dump.close();
  }
}

const SHOWN_DIFFERENCES = 5;

function* lines(plan: Plan, held: boolean, processes: readonly Verified[], verbose: boolean, style: Style) {
  for (const { pid, name, outcome, differences, moved, planned } of processes) {
    const paint = outcome === 'differs' || outcome === 'gone' ? style.bad : style.good;
    const facts = moved === 0 ? '' : `, ${plural(moved, 'fact')} moved on`;
    yield `${String(pid).padStart(7)} ${style.name(name)}: ${paint(outcome)}${facts} (planned: ${planned.replaceAll('_', ' ')})`;
    const shown = verbose ? differences : differences.slice(0, SHOWN_DIFFERENCES);
    for (const change of shown) yield `          ${line(change, style)}`;
    if (shown.length < differences.length)
      yield style.dim(`          … and ${differences.length - shown.length} more (--verbose)`);
  }
  const verdict = held ? style.good('the plan holds') : style.bad('the plan does not hold');
  yield `${verdict}: ${plural(plan.process.length, 'process', 'processes')}`;
}

// `ow plan build DUMP -o P`: from a dump to a restore plan. The file appears when it is complete.
import { writeFileAtomically } from '../../base/atomic-file.js';
import { UsageError } from '../../base/error.js';
import { lazySnapshot } from '../../parsers/build-snapshot.js';
import { type Dump, openDump } from '../../parsers/dump.js';
import { encodePlan } from '../../resurrect/abi/encode.js';
import { VERDICT_NAME } from '../../resurrect/abi/records/processes.js';
import { SEVERITY_NAME } from '../../resurrect/abi/records/refusals.js';
import { type BuiltPlan, buildPlan } from '../../resurrect/plan/build-plan.js';
import { planMemory } from '../../resurrect/plan/memory/totals.js';
import { type GlobalOptions, openOptions } from '../options.js';
import { printResult } from '../output.js';
import { reportProgress } from '../render/progress.js';
import type { Style } from '../render/style.js';
import { bytes, plural, printable } from '../render/units.js';
import type { Result } from '../result.js';
import { DumpMemory } from './dump-memory.js';
import type { BuildOutput } from './outputs.js';

export interface BuildFlags extends GlobalOptions {
  readonly output?: string;
  readonly select?: readonly string[];
  readonly dryRun?: boolean;
  readonly digests?: boolean;
  readonly verbose?: boolean;
}

export async function build(path: string, flags: BuildFlags): Promise<number> {
  const { output, dryRun = false, verbose = false, json = false, color } = flags;
  if (output === undefined && !dryRun) {
    throw new UsageError('no file to write', 'Say -o PLAN, or --dry-run to see what would be planned.');
  }
  const bar = reportProgress(process.stderr);
  const dump = openDump(path, openOptions(flags));
  try {
    const built = planOf(dump, flags);
    const file = encodePlan(built.plan);
    if (output !== undefined && !dryRun) writeFileAtomically(output, file);
    bar.clear();
    const summary = summaryOf(built, dryRun ? null : (output ?? null), file.length);
    return await printResult(result(summary, verbose), { json, color }, dump.kernel.faults);
  } finally {
    bar.clear();
    dump.close();
  }
}

function planOf(dump: Dump, { select = [], digests = false }: BuildFlags): BuiltPlan {
  const snapshot = lazySnapshot(dump, { of: 'plan' });
  const memory = new DumpMemory(dump);
  return buildPlan(snapshot, { selectors: select, swap: memory, ...(digests ? { frames: memory } : {}) });
}

function summaryOf({ plan, chosen }: BuiltPlan, file: string | null, size: number): BuildOutput {
  const pids = plan.process.map(({ pid }) => pid);
  return {
    plan: file,
    bytes: size,
    processes: plan.process.map(({ pid, name, verdict }, index) => ({
      ...{ pid, name },
      verdict: VERDICT_NAME[verdict] ?? '',
      taken: chosen[index]?.text ?? '',
      because: chosen[index]?.because ?? null,
    })),
    refusals: plan.refusal.map(({ resource, severity, reason, processes }) => ({
      ...{ resource, severity: SEVERITY_NAME[severity] ?? '', reason },
      processes: processes.map(({ process }) => pids[process] ?? 0),
    })),
    memory: planMemory(plan),
    steps: plan.step.length,
  };
}

function result(output: BuildOutput, verbose: boolean): Result<'plan-build'> {
  return { schema: 'plan-build', data: () => output, text: (style) => lines(output, verbose, style) };
}

function* lines(output: BuildOutput, verbose: boolean, style: Style): Generator<string> {
  if (verbose) yield* takenLines(output, style);
  const { plan, processes, memory, steps } = output;
  const where = plan === null ? 'not written' : `${plan}: ${bytes(output.bytes)}`;
  yield `${where}; ${plural(processes.length, 'process', 'processes')}, ${plural(steps, 'step')}`;
  const { frames, swap, zero } = memory;
  yield `memory    ${bytes(frames)} in frames, ${bytes(swap)} on swap, ${bytes(zero)} of zeroes`;
  yield* verdictLines(output, style);
  yield* verbose ? reasonLines(output, style) : groupedLines(output, style);
}

function* takenLines({ processes }: BuildOutput, style: Style): Generator<string> {
  for (const { pid, name, taken, because } of processes) {
    const sake = because === null ? '' : `, with ${because}`;
    yield `${String(pid).padStart(7)} ${style.name(printable(name))}: ${taken}${printable(sake)}`;
  }
}

const VERDICTS = [
  ['continues', 'continue'],
  ['needs_crash_procedure', 'need their crash procedures'],
  ['lost', 'are lost'],
] as const;

function* verdictLines({ processes }: BuildOutput, style: Style): Generator<string> {
  const parts = VERDICTS.map(([verdict, words]) => {
    const count = processes.filter((process) => process.verdict === verdict).length;
    return count === 0 ? null : `${count} ${verdict === 'lost' ? style.bad(words) : words}`;
  });
  yield `verdicts  ${parts.filter((part) => part !== null).join(', ')}`;
}

/** What the lines of refusals begin with; what a resource's name means is in docs/resources.md. */
const SEVERITIES = [
  ['fatal', 'fatal'],
  ['crash_procedure', 'refused'],
  ['noted', 'noted'],
] as const;

/** Resources by what follows from their refusal, each with how often it is refused. */
function* groupedLines({ refusals }: BuildOutput, style: Style): Generator<string> {
  for (const [severity, words] of SEVERITIES) {
    const resources = refusals
      .filter((refusal) => refusal.severity === severity)
      .map((each) => each.resource);
    const counted = [...new Set(resources)].map((resource) => {
      const times = resources.filter((each) => each === resource).length;
      return times === 1 ? resource : `${resource} ×${times}`;
    });
    const paint = severity === 'noted' ? style.dim : style.bad;
    if (counted.length > 0) yield `${paint(words.padEnd(9))} ${counted.join(', ')}`;
  }
}

function* reasonLines({ refusals }: BuildOutput, style: Style): Generator<string> {
  for (const { resource, severity, reason, processes } of refusals) {
    const paint = severity === 'noted' ? style.dim : style.bad;
    yield `${paint('refused')}   ${resource}, ${severity.replace('_', ' ')}: ${printable(reason)} (${processes.join(' ')})`;
  }
}

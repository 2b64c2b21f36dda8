// `ow plan show P`: everything that is in a plan, for people; or as JSON that `ow plan from-json` makes the same plan of.
import { AbsentError, UsageError } from '../../base/error.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import { planToJson } from '../../resurrect/json/to-json.js';
import { withNewlines, writeAll } from '../output.js';
import { headerLines, refusalLines, stepLines, summaryLines } from '../render/plan-chapters.js';
import { KINDS, objectLines, rowsOf } from '../render/plan-objects.js';
import { processLines } from '../render/plan-process.js';
import { type ColorChoice, type Style, styleFor } from '../render/style.js';
import { readPlan } from './plan-file.js';

export interface ShowFlags {
  readonly json?: boolean;
  readonly color: ColorChoice;
  /** PIDs. */
  readonly pid?: readonly string[];
  /** `KIND`, `KIND:ID`. */
  readonly kind?: readonly string[];
  readonly refusals?: boolean;
  readonly steps?: boolean;
}

/** Shown with their processes, or in chapters of their own. */
const ELSEWHERE: ReadonlySet<string> = new Set(['process', 'mm', 'fileTable', 'refusal', 'step']);

export async function show(path: string, flags: ShowFlags): Promise<void> {
  const { json = false, color, pid, kind, refusals, steps } = flags;
  const plan = readPlan(path);
  if (!json) {
    await writeAll(withNewlines(shown(plan, flags, styleFor(color, process.stdout))), process.stdout);
    return;
  }
  if (pid !== undefined || kind !== undefined || refusals === true || steps === true)
    throw new UsageError('--json prints the whole plan', 'Leave the filters out, and filter with jq(1).');
  await writeAll(planJson(plan), process.stdout);
}

type Filters = Omit<ShowFlags, 'json' | 'color'>;

/** Lines without newline. Throws before the first where a filter names what is not in the plan. */
export function shown(plan: Plan, flags: Filters, style: Style): Iterable<string> {
  const pids = flags.pid === undefined ? null : pidsOf(plan, flags.pid);
  const kinds = (flags.kind ?? []).map((kind) => kindOf(plan, kind));
  const chapters: Iterable<string>[] = [];
  if (flags.refusals === true) chapters.push(refusalLines(plan, pids, style));
  if (flags.steps === true) chapters.push(stepLines(plan, pids, style));
  for (const { kind, ids } of kinds) chapters.push(objects(plan, kind, ids, style));
  if (chapters.length > 0) return joined(chapters);
  return pids === null ? whole(plan, style) : processes(plan, pids, style);
}

function* joined(chapters: readonly Iterable<string>[]): Generator<string> {
  for (const [place, chapter] of chapters.entries()) {
    if (place > 0) yield '';
    yield* chapter;
  }
}

function* whole(plan: Plan, style: Style): Generator<string> {
  const rest = KINDS.filter((kind) => !ELSEWHERE.has(kind) && rowsOf(plan, kind).length > 0);
  yield* joined([
    headerLines(plan, style),
    summaryLines(plan, style),
    processes(plan, null, style),
    ...rest.map((kind) => objects(plan, kind, null, style)),
    refusalLines(plan, null, style),
    stepLines(plan, null, style),
  ]);
}

function* processes(plan: Plan, pids: ReadonlySet<number> | null, style: Style): Generator<string> {
  const shown = new Set<string>();
  let first = true;
  for (const [index, { pid }] of plan.process.entries()) {
    if (pids !== null && !pids.has(pid)) continue;
    if (!first) yield '';
    first = false;
    yield* processLines(plan, index, shown, style);
  }
}

function* objects(plan: Plan, kind: string, ids: readonly number[] | null, style: Style): Generator<string> {
  for (const id of ids ?? rowsOf(plan, kind).keys()) yield* objectLines(plan, kind, id, style);
}

function pidsOf(plan: Plan, texts: readonly string[]): Set<number> {
  const pids = new Set<number>();
  for (const text of texts) {
    if (!/^\d+$/.test(text)) throw new UsageError(`--pid ${text}: not a PID`, 'Say a number: --pid 1234.');
    const pid = Number(text);
    if (!plan.process.some((process) => process.pid === pid))
      throw new AbsentError(`no process ${pid} in the plan`, '`ow plan show PLAN` lists those that are.');
    pids.add(pid);
  }
  return pids;
}

function kindOf(plan: Plan, text: string): { readonly kind: string; readonly ids: readonly number[] | null } {
  const [name = '', id, ...more] = text.split(':');
  const kind = KINDS.find((one) => one.toLowerCase() === name.toLowerCase().replaceAll(/[-_]/g, ''));
  if (kind === undefined || more.length > 0)
    throw new UsageError(`--kind ${text}: no such kind`, `Kinds are ${KINDS.join(', ')}.`);
  if (id === undefined) return { kind, ids: null };
  const count = rowsOf(plan, kind).length;
  if (!/^\d+$/.test(id) || Number(id) >= count)
    throw new AbsentError(`no ${kind} ${id} in the plan`, `It has ${count}, from 0 on.`);
  return { kind, ids: [Number(id)] };
}

/** The plan's own JSON, without the envelope of other commands: a line for each object, so that diff(1) is of use. */
export function* planJson(plan: Plan): Generator<string> {
  let open = '{\n';
  for (const [key, value] of Object.entries(planToJson(plan))) {
    yield `${open}${JSON.stringify(key)}:`;
    open = ',\n';
    if (!Array.isArray(value)) {
      yield JSON.stringify(value);
      continue;
    }
    for (const [place, row] of value.entries()) yield `${place === 0 ? '[' : ','}\n${JSON.stringify(row)}`;
    yield value.length === 0 ? '[]' : '\n]';
  }
  yield '\n}\n';
}

// The chapters of a plan as a whole, for people: header, summary, refusals, steps.
import { camel } from '../../resurrect/abi/names.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import { VERDICT_NAME } from '../../resurrect/abi/records/processes.js';
import { REFUSED_KIND_TARGET, type Refusal, SEVERITY_NAME } from '../../resurrect/abi/records/refusals.js';
import { OP_NAME, OP_TARGET, STAGE_NAME } from '../../resurrect/abi/records/steps.js';
import { HEADER, type Row } from '../../resurrect/json/table.js';
import { fieldLines, KINDS, referenceText, rowsOf } from './plan-objects.js';
import { nulText } from './plan-values.js';
import type { Style } from './style.js';
import { table } from './table.js';
import { plural, printable } from './units.js';

const NANOSECONDS_IN_MS = 1_000_000n;

export function* headerLines(plan: Plan, style: Style): Generator<string> {
  const { header } = plan;
  const death = header.panicRealtime === 0n ? 'at an unknown time' : wall(header.panicRealtime);
  yield style.title(`plan for Linux ${nulText(header.release)}, which died ${death}`);
  const told = new Set(['release']);
  yield* fieldLines(plan, header as unknown as Row, HEADER, '  ', style, told);
}

function wall(nanoseconds: bigint): string {
  return new Date(Number(nanoseconds / NANOSECONDS_IN_MS))
    .toISOString()
    .replace('T', ' ')
    .replace('Z', ' UTC');
}

export function* summaryLines(plan: Plan, style: Style): Generator<string> {
  yield style.title('processes');
  const vmas = (mm: number | null) => (mm === null ? 0 : (plan.mm[mm]?.vmas.length ?? 0));
  const open = (files: number | null | undefined) =>
    files == null ? 0 : (plan.fileTable[files]?.descriptors.length ?? 0);
  yield* table(
    [
      { head: 'PID', cell: ({ pid }) => pid, right: true },
      { head: 'PPID', cell: ({ parentPid }) => parentPid, right: true },
      { head: 'SID', cell: ({ sid }) => sid, right: true },
      { head: 'THR', cell: ({ threads }) => threads.length, right: true },
      { head: 'VMAS', cell: ({ mm }) => vmas(mm), right: true },
      { head: 'FDS', cell: ({ threads }) => open(threads[0]?.files), right: true },
      { head: 'VERDICT', cell: ({ verdict }) => (VERDICT_NAME[verdict] ?? '?').replaceAll('_', ' ') },
      { head: 'NAME', cell: ({ name }) => printable(name) },
    ],
    plan.process,
  );
  for (const [value, name] of Object.entries(VERDICT_NAME)) {
    const count = plan.process.filter(({ verdict }) => verdict === Number(value)).length;
    if (count > 0) yield `${plural(count, 'process', 'processes')}: ${name.replaceAll('_', ' ')}`;
  }
  const counts = KINDS.map((kind) => [kind, rowsOf(plan, kind).length] as const).filter(([, n]) => n > 0);
  yield `objects: ${counts.map(([kind, count]) => `${count} ${kind}`).join(', ')}`;
}

export function refusalLine(refusal: Refusal, style: Style): string {
  const { resource, severity, reason, kind, object } = refusal;
  const word = (SEVERITY_NAME[severity] ?? '?').replaceAll('_', ' ');
  const paint = word === 'noted' ? style.dim : style.bad;
  const target = REFUSED_KIND_TARGET[kind];
  const about = object === null || target === undefined ? '' : ` (${camel(target)}[${object}])`;
  return `${paint(`refused, ${word}`)} ${resource}: ${printable(reason)}${about}`;
}

/** `pids`: of those processes only. */
export function* refusalLines(plan: Plan, pids: ReadonlySet<number> | null, style: Style): Generator<string> {
  const pid = (process: number) => plan.process[process]?.pid ?? -1;
  const rows = plan.refusal.filter(
    ({ processes }) => pids === null || processes.some(({ process }) => pids.has(pid(process))),
  );
  yield style.title(`refusals (${rows.length})`);
  for (const refusal of rows) {
    const whom = refusal.processes.map(({ process }) => pid(process)).join(' ');
    yield `${refusalLine(refusal, style)}${whom === '' ? '' : style.dim(` of ${whom}`)}`;
  }
}

/** `pids`: of those processes only. */
export function* stepLines(plan: Plan, pids: ReadonlySet<number> | null, style: Style): Generator<string> {
  let stage = 0;
  for (const [number, step] of plan.step.entries()) {
    const { op, object, process } = step;
    const pid = process === null ? null : (plan.process[process]?.pid ?? -1);
    if (pids !== null && (pid === null || !pids.has(pid))) continue;
    if (step.stage !== stage) yield style.title(`stage ${STAGE_NAME[step.stage] ?? step.stage}`);
    stage = step.stage;
    const target = OP_TARGET[op];
    const what =
      object === null || target === undefined ? '' : ` ${referenceText(plan, camel(target), object)}`;
    const whose = pid === null || target === 'process' ? '' : style.dim(` for ${pid}`);
    yield `${String(number).padStart(6)} ${OP_NAME[op] ?? op}${what}${whose}`;
  }
}

// What `ow plan verify` prints: process by process, then what nobody owns, then the sums.
import type { PageCounts } from '../../resurrect/verify/contents.js';
import type { Verified } from '../../resurrect/verify/verify-plan.js';
import type { Style } from '../render/style.js';
import { plural, printable } from '../render/units.js';
import { line } from './diff.js';
import type { VerifyOutput } from './outputs.js';

const SHOWN_DIFFERENCES = 5;
const NS_PER_MS = 1_000_000n;

export function* verificationLines(output: VerifyOutput, verbose: boolean, style: Style): Generator<string> {
  yield style.dim(placeLine(output));
  for (const process of output.processes) yield* processLines(process, verbose, style);
  if (output.others.length > 0) yield `        ${style.bad('differs')} of what no process has:`;
  for (const change of output.others) yield `          ${line(change, style)}`;
  yield clockLine(output, style);
  yield sums(output);
  const verdict = output.holds ? style.good('the plan holds') : style.bad('the plan does not hold');
  yield `${verdict}: ${outcomes(output.processes)}`;
}

function placeLine({ kernel, world: { namespace, level, init, found }, processes }: VerifyOutput): string {
  const where = level === 0 ? 'the initial pid namespace' : `pid:[${namespace}]`;
  const by = level === 0 || init === null ? '' : `, of ${printable(init.name)} (${init.pid})`;
  return `under ${kernel}, in ${where}${by}: ${found} of ${plural(processes.length, 'process', 'processes')} found by PID and name`;
}

function* processLines(verified: Verified, verbose: boolean, style: Style): Generator<string> {
  const { pid, name, outcome, differences, facts, moved, planned, pages } = verified;
  const paint = outcome === 'differs' || outcome === 'gone' ? style.bad : style.good;
  const told = [
    ...(outcome === 'gone' ? [] : [`${plural(facts, 'fact')} verified`]),
    ...(moved === 0 ? [] : [`${moved} moved on`]),
    ...(pages === null ? [] : [pagesText(pages)]),
  ];
  yield `${String(pid).padStart(7)} ${style.name(printable(name))}: ${[paint(outcome), ...told].join(', ')} (planned: ${planned.replaceAll('_', ' ')})`;
  const shown = verbose ? differences : differences.slice(0, SHOWN_DIFFERENCES);
  for (const change of shown) yield `          ${line(change, style)}`;
  if (shown.length < differences.length)
    yield style.dim(`          … and ${differences.length - shown.length} more (--verbose)`);
}

function pagesText({ same, changed, wrong, absent }: PageCounts): string {
  const others = [
    ...(changed === 0 ? [] : [`${changed} written since`]),
    ...(wrong === 0 ? [] : [`${wrong} WRONG`]),
    ...(absent === 0 ? [] : [`${absent} not in memory`]),
  ];
  return `${plural(same, 'page')} as planned${others.length === 0 ? '' : ` (${others.join(', ')})`}`;
}

function clockLine(
  { clocks: { realtime, monotonic, boottime, wentOn } }: VerifyOutput,
  style: Style,
): string {
  const text = (name: string, ns: string | null) =>
    `${name} ${ns === null ? 'not known' : `${milliseconds(ns)} ms`}`;
  const told = [text('monotonic', monotonic), text('boot', boottime), text('real', realtime)].join(', ');
  return `clocks since the death: ${told}${wentOn ? '' : style.bad(' — they did not go on')}`;
}

function milliseconds(ns: string): string {
  return String(BigInt(ns) / NS_PER_MS);
}

function sums({ facts, moved, differences, pages }: VerifyOutput): string {
  const contents = pages === null ? '' : `; ${pagesText(pages)}`;
  return `${plural(facts, 'fact')} verified, ${moved} moved on, ${differences} wrong${contents}`;
}

function outcomes(processes: readonly Verified[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of processes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const told = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  return `${plural(processes.length, 'process', 'processes')}${told === '' ? '' : `: ${told}`}`;
}

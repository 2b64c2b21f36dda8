// `ow plan diff A B`: a line for each fact that differs.
import { EXIT } from '../../base/error.js';
import { type Change, diffPlans } from '../../resurrect/diff/diff-plans.js';
import type { Style } from '../render/style.js';
import { printable } from '../render/units.js';
import type { Result } from '../result.js';
import { readPlan } from './plan-file.js';

/** As diff(1): where there is a difference. */
const DIFFERENT = EXIT.absent;

export function diff(before: string, after: string, ignore: readonly string[]): Result<'plan-diff'> {
  const changes = diffPlans(readPlan(before), readPlan(after), { ignore });
  return {
    schema: 'plan-diff',
    data: () => changes,
    text: (style) => changes.map((change) => line(change, style)),
    exitCode: changes.length > 0 ? DIFFERENT : EXIT.ok,
  };
}

export function line({ change, object, field, before, after }: Change, style: Style): string {
  const where = printable(object.join(' / '));
  const [was, is] = [before, after].map((value) => printable(String(value)));
  if (change === 'added') return style.good(`+ ${where}`);
  if (change === 'lost') return style.bad(`- ${where}`);
  if (change === 'moved') return `> ${where}: ${was} → ${is}`;
  return `~ ${where}: ${style.name(field ?? '')} ${was} → ${is}`;
}

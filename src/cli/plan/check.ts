// `ow plan check P`: the findings of the catalogue of invariants.
import { EXIT } from '../../base/error.js';
import { decode } from '../../resurrect/abi/decode.js';
import { INVARIANTS } from '../../resurrect/check/catalogue.js';
import { checkDecoded } from '../../resurrect/check/check-plan.js';
import type { Finding } from '../../resurrect/check/invariant.js';
import type { GlobalOptions } from '../options.js';
import type { Style } from '../render/style.js';
import { plural, printable } from '../render/units.js';
import type { Result } from '../result.js';
import type { CheckOutput } from './outputs.js';
import { readBytes } from './plan-file.js';

export interface CheckFlags extends GlobalOptions {
  readonly dump?: string;
}

export async function check(path: string, flags: CheckFlags): Promise<Result<'plan-check'>> {
  const decoded = decode(readBytes(path), path);
  const findings = checkDecoded(decoded);
  if (flags.dump === undefined) return result(path, INVARIANTS.length, findings);
  const { checkDump, asked } = await import('./check-dump.js');
  return result(path, INVARIANTS.length + asked, [
    ...findings,
    ...checkDump(decoded.plan, flags.dump, flags),
  ]);
}

function result(path: string, invariants: number, findings: readonly Finding[]): Result<'plan-check'> {
  const count = (severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity).length;
  const output: CheckOutput = { invariants, errors: count('error'), warnings: count('warning'), findings };
  return {
    schema: 'plan-check',
    data: () => output,
    text: (style) => lines(output, path, style),
    exitCode: output.errors > 0 ? EXIT.broken : output.warnings > 0 ? EXIT.warnings : EXIT.ok,
  };
}

function* lines({ invariants, errors, warnings, findings }: CheckOutput, path: string, style: Style) {
  for (const { severity, object, reason, invariant, executor } of findings) {
    const paint = severity === 'error' ? style.bad : style.title;
    yield `${paint(severity)} ${object} ${printable(reason)}`;
    yield style.dim(`    ${invariant}; the resurrector ${executor}`);
  }
  const verdict =
    errors > 0 ? style.bad('broken') : warnings > 0 ? 'sound, with warnings' : style.good('sound');
  yield `${path}: ${verdict}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')} by ${invariants} invariants`;
}

// `ow plan from-json F -o P`: a plan from its JSON, as `ow plan show --json` prints it and a person may have edited it.
// Without an edit the file is the same, byte for byte: whether there was one only the original can tell, so the hint
// `edited` is set where --original names a plan that differs, and left as the document has it where none is named.
import { writeFileAtomically } from '../../base/atomic-file.js';
import { InputError, UsageError } from '../../base/error.js';
import { textOfBytes } from '../../base/text.js';
import { encodePlan } from '../../resurrect/abi/encode.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import { HINT } from '../../resurrect/abi/records/container.js';
import { planFromJson } from '../../resurrect/json/from-json.js';
import { readBytes } from './plan-file.js';

export interface FromJsonFlags {
  readonly output?: string;
  /** Plan that the JSON was printed from. */
  readonly original?: string;
}

/** Returns what is to be said of it, a line. */
export function fromJson(path: string, { output, original }: FromJsonFlags): string {
  if (output === undefined) throw new UsageError('no file to write', 'Say -o PLAN.');
  const plan = planFromJson(parsed(path), path);
  const same = encodePlan(plan);
  const edited = original !== undefined && Buffer.compare(same, readBytes(original)) !== 0;
  const bytes = edited ? encodePlan(marked(plan)) : same;
  writeFileAtomically(output, bytes);
  const how =
    original === undefined ? '' : edited ? `, edited: not as ${original}` : `, the same as ${original}`;
  return `${output}: ${bytes.length} bytes${how}`;
}

function marked(plan: Plan): Plan {
  const { header } = plan;
  return { ...plan, header: { ...header, hints: BigInt(header.hints) | BigInt(HINT.edited) } };
}

function parsed(path: string): unknown {
  const text = textOfBytes(readBytes(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      `${path} is no JSON: ${(error as Error).message}`,
      '`ow plan show --json` prints a plan as JSON.',
    );
  }
}

// From a file to the plan in it. Nothing in the file is believed: sizes, counts, offsets and checksums first (container.ts),
// then every field of every record (source.ts, records/). What is accepted encodes to the same bytes again.
// Blobs are views of the file's bytes, not copies.
import { type Container, readContainer } from './container.js';
import type { Plan } from './plan.js';
import { readObjects, SECTION_KINDS } from './records/plan.js';
import { Source } from './source.js';
import { upgraded } from './upgrade.js';

const CHILDREN = SECTION_KINDS.filter(({ role }) => role === 'child').map(({ section }) => section);

/** A plan, and what was seen while it was decoded. */
export interface Decoded {
  readonly plan: Plan;
  /** Whether no text has a NUL in it. */
  readonly withoutNul: boolean;
}

/** `name`: of the file, for messages. Throws PlanFormatError. */
export function decodePlan(bytes: Uint8Array, name: string): Plan {
  return decode(bytes, name).plan;
}

export function decode(bytes: Uint8Array, name: string): Decoded {
  const current = upgraded(bytes, name);
  return decodeRecords(current, name, readContainer(current, name));
}

/** `container`: of these bytes, read and checked before. */
export function decodeRecords(bytes: Uint8Array, name: string, { header, spans }: Container): Decoded {
  const source = new Source(bytes, name, spans);
  const objects = readObjects(source);
  source.finish(CHILDREN);
  return { plan: { header, ...objects }, withoutNul: !source.hasNul };
}

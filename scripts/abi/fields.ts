// What the fields of the schema come to, for code that reads or writes them.
import type { Enumeration, Field } from '../../src/resurrect/abi/schema/vocabulary.js';
import type { LaidField, LaidRecord, Layout } from './layout.js';
import { upper } from './names.js';

const SMALL_MASK = 0xffffffffn;

export function enumOf(layout: Layout, name: string | undefined): Enumeration | undefined {
  return name === undefined ? undefined : layout.enums.get(name)?.enumeration;
}

export function maskOf(enumeration: Enumeration): bigint {
  return enumeration.values.reduce((mask, { value }) => mask | BigInt(value), 0n);
}

/** The enumeration that decides what a `refBy` field leads to. */
export function targetsOf(field: Field, record: LaidRecord, layout: Layout): Enumeration {
  const by = (field.type as { refBy: string }).refBy;
  return enumOf(layout, record.record.fields.find(({ name }) => name === by)?.enum) as Enumeration;
}

export function isNullable(field: Field, record: LaidRecord, layout: Layout): boolean {
  if (field.optional) return true;
  if (typeof field.type !== 'object' || !('refBy' in field.type)) return false;
  return targetsOf(field, record, layout).values.some(({ target }) => target === undefined);
}

export const isPadding = ({ field }: LaidField): boolean =>
  typeof field.type === 'object' && 'padding' in field.type;

/** How a field's bits are checked: with what method and mask; null where any bit goes. */
export function bitCheck(
  field: Field,
  layout: Layout,
): { method: string; mask: string; wide: boolean } | null {
  const set = enumOf(layout, field.flags);
  if (set === undefined || set.open) return null;
  const mask = maskOf(set);
  const wide = field.type === 'u64' || field.type === 'u53';
  if (!wide && mask > SMALL_MASK) throw new RangeError(`${field.name}: mask beyond 32 bits`);
  return { method: wide ? 'wideBits' : 'bits', mask: `0x${mask.toString(16)}${wide ? 'n' : ''}`, wide };
}

/** Section of the target, as an expression: from a table by the value of the deciding field. */
export const targetSection = (set: Enumeration, value: string): string =>
  `${upper(set.name)}_TARGET_SECTION[${value}] ?? 0`;

// Writes kernel/plan/plan_layout.c: the records of a plan as tables, which the validator (kernel/plan/validate_*.c) walks.
// The structures of the tables are in kernel/plan/plan_layout.h.
import type { Enumeration, Field } from '../../src/resurrect/abi/schema/vocabulary.js';
import { maskOf } from './fields.js';
import { childrenOf, type LaidField, type LaidRecord, type Layout, SchemaError } from './layout.js';
import { upper } from './names.js';
import { DO_NOT_EDIT } from './typescript.js';

/** Records outside of the sections that stand around them. */
const CONTAINER = ['header', 'section_entry'];
/** As in kernel/plan/plan_view.h. */
const SECTIONS = 192;
/** As in kernel/plan/validate_records.c. */
const DEEPEST = 8;

const choiceName = (name: string): string => `choice_${name}`;

function choiceText({ name, values }: Enumeration, layout: Layout): string {
  const sorted = [...values].sort((a, b) => a.value - b.value);
  const rows = sorted.map(({ value, name: one, target }) => {
    if (value < 0 || value > 0xffff) throw new SchemaError(`${name} ${one}: does not fit the tables of C`);
    const section = target === undefined ? '0' : `OWP_SECTION_${upper(target)}`;
    if (target !== undefined && !layout.records.has(target)) throw new SchemaError(`no record ${target}`);
    return `\t{ OWP_${upper(name)}_${upper(one)}, ${section} },\n`;
  });
  return `static const struct owp_value values_${name}[] = {
${rows.join('')}};
static const struct owp_choice ${choiceName(name)} = { values_${name}, ${values.length} };
`;
}

/** Members of the initializer beyond name, place and size; null for a field that may hold anything. */
function typeText(field: Field, record: LaidRecord, layout: Layout): string | null {
  const { type } = field;
  const optional = field.optional ? ', .optional = 1' : '';
  if (field.enum !== undefined) return `OWP_FIELD_CHOICE, .choice = &${choiceName(field.enum)}`;
  if (field.flags !== undefined) {
    const set = layout.enums.get(field.flags)?.enumeration as Enumeration;
    if (set.open) return null;
    return `OWP_FIELD_BITS, .mask = 0x${maskOf(set).toString(16)}`;
  }
  if (type === 'u53' || type === 'text' || type === 'blob') return `OWP_FIELD_${upper(type)}`;
  if (typeof type === 'string' || 'bytes' in type) return null;
  if ('padding' in type) return 'OWP_FIELD_PADDING';
  if ('children' in type) return `OWP_FIELD_CHILDREN, .section = OWP_SECTION_${upper(type.children)}`;
  if ('ref' in type) return `OWP_FIELD_REF, .section = OWP_SECTION_${upper(type.ref)}${optional}`;
  const by = record.fields.find(({ field: { name } }) => name === type.refBy) as LaidField;
  const choice = choiceName(by.field.enum as string);
  return `OWP_FIELD_REF_BY, .by = ${by.offset}, .by_bytes = ${by.bytes}, .choice = &${choice}${optional}`;
}

/** An initializer, in two lines where one would be too long. */
function row(place: string, type: string): string {
  const one = `\t{ ${place}, ${type} },\n`;
  return one.length <= 94 ? one : `\t{ ${place},\n\t  ${type} },\n`;
}

function recordText(laid: LaidRecord, layout: Layout): string {
  const { name, section, role } = laid.record;
  const fields = laid.fields.flatMap(({ field, offset, bytes }) => {
    const type = typeText(field, laid, layout);
    if (type === null) return [];
    return [row(`.name = "${field.name}", .offset = ${offset}, .bytes = ${bytes}`, `.type = ${type}`)];
  });
  const table =
    fields.length === 0 ? '' : `static const struct owp_field fields_${name}[] = {\n${fields.join('')}};\n`;
  const scope = section === 0 ? '' : 'static ';
  const members = [
    `.name = "${name}"`,
    fields.length === 0 ? '' : `.fields = fields_${name}, .field_count = ${fields.length}`,
    `.bytes = ${laid.bytes}`,
    section === 0 ? '' : `.section = ${section}`,
    role === 'child' ? '.child = 1' : '',
  ].filter((member) => member !== '');
  const variable = section === 0 ? `owp_${name}_record` : `record_${name}`;
  return `${table}${scope}const struct owp_record ${variable} = {\n${members.map((one) => `\t${one},\n`).join('')}};\n`;
}

/** How many records lie within one another at most. */
function depthOf(name: string, layout: Layout): number {
  const { record } = layout.records.get(name) as LaidRecord;
  return 1 + Math.max(0, ...childrenOf(record).map((child) => depthOf(child, layout)));
}

export function cLayout(layout: Layout): string {
  const records = [
    ...CONTAINER.map((name) => layout.records.get(name)).filter((laid) => laid !== undefined),
    ...layout.sections,
  ];
  const chosen = new Set(records.flatMap(({ record }) => record.fields.map((field) => field.enum)));
  const choices = [...layout.enums.values()].filter(({ enumeration }) => chosen.has(enumeration.name));
  for (const { record } of layout.sections) {
    if (record.section >= SECTIONS) throw new SchemaError(`${record.name}: section beyond OWP_SECTIONS`);
    if (depthOf(record.name, layout) > DEEPEST) throw new SchemaError(`${record.name}: nested too deep`);
  }
  const table = layout.sections.map(
    ({ record: { name } }) => `\t[OWP_SECTION_${upper(name)}] = &record_${name},\n`,
  );
  return `/* SPDX-License-Identifier: GPL-2.0-only */
/* ${DO_NOT_EDIT} */
#include "plan_layout.h"

${choices.map(({ enumeration }) => choiceText(enumeration, layout)).join('\n')}
${records.map((laid) => recordText(laid, layout)).join('\n')}
const struct owp_record *const owp_records[OWP_SECTIONS] = {
${table.join('')}};
`;
}

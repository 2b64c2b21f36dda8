// Writes docs/plan-format.md: the container in prose, then a chapter for each group of the schema.
import { FORMAT_VERSION } from '../../src/resurrect/abi/schema/container.js';
import type { Enumeration, Field } from '../../src/resurrect/abi/schema/vocabulary.js';
import { FORMAT_CHANGES, FORMAT_INTRODUCTION } from './format-prose.js';
import type { LaidRecord, Layout } from './layout.js';
import { DO_NOT_EDIT } from './typescript.js';

const cell = (text: string): string => text.replace(/\|/g, '\\|');

function typeText({ type, optional }: Field): string {
  if (typeof type === 'string') return type;
  if ('bytes' in type) return `${type.bytes} bytes`;
  if ('padding' in type) return `${type.padding} × 0`;
  if ('children' in type) return `children: [${type.children}](#${type.children})`;
  const none = optional ? ', or none' : '';
  return 'ref' in type ? `ref: [${type.ref}](#${type.ref})${none}` : `ref by \`${type.refBy}\`${none}`;
}

function meaning({ doc, enum: choice, flags }: Field): string {
  const set = choice ?? flags;
  return cell(set === undefined ? doc : `${doc} [${set}](#${set}).`);
}

const HOW: Readonly<Record<string, (section: number) => string>> = {
  object: (section) => `Section ${section}; an object, referred to by its index.`,
  child: (section) => `Section ${section}; a child of the record that lists it.`,
  structure: () => 'A structure outside of the sections.',
};

function recordText({ record, fields, bytes }: LaidRecord): string {
  const rows = fields.map(
    ({ field, offset }) => `| ${offset} | \`${field.name}\` | ${typeText(field)} | ${meaning(field)} |`,
  );
  const how = HOW[record.role]?.(record.section);
  return `### ${record.name}

${record.doc} ${how} ${bytes} bytes.

| offset | field | type | meaning |
|---:|---|---|---|
${rows.join('\n')}
`;
}

function enumText({ name, kind, values, doc, open }: Enumeration): string {
  const number = (value: number): string => (kind === 'bits' ? `0x${value.toString(16)}` : String(value));
  const targets = values.some(({ target }) => target !== undefined);
  const rows = values.map(({ name: value, value: code, doc: text, target }) => {
    const to = targets ? ` ${target === undefined ? '–' : `[${target}](#${target})`} |` : '';
    return `| ${number(code)} | \`${value}\` |${to} ${cell(text)} |`;
  });
  const rule =
    kind === 'choice' ? 'One of these.' : open ? 'Bits; others are kept.' : 'Bits; no others are accepted.';
  return `### ${name}

${doc} ${rule}

| value | name |${targets ? ' leads to |' : ''} meaning |
|---:|---|${targets ? '---|' : ''}---|
${rows.join('\n')}
`;
}

export function formatDocs(layout: Layout): string {
  const sections = layout.sections.map(
    ({ record, bytes, group }) =>
      `| ${record.section} | [${record.name}](#${record.name}) | ${record.role} | ${bytes} | ${group.name} |`,
  );
  const chapters = layout.schema.groups.map((group) => {
    const records = group.records.map((record) => recordText(layout.records.get(record.name) as LaidRecord));
    return [`## ${group.name}\n\n${group.doc}\n`, ...records, ...group.enums.map(enumText)].join('\n');
  });
  return `<!-- ${DO_NOT_EDIT} -->

# The restore plan, format ${FORMAT_VERSION}

${FORMAT_INTRODUCTION}
## Sections

| number | record | role | bytes | chapter |
|---:|---|---|---:|---|
| 1 | strings | bytes | 1 | |
| 2 | data | bytes | 1 | |
${sections.join('\n')}

${chapters.join('\n')}
${FORMAT_CHANGES}`;
}

// Readers of records: each reads a list of them out of the file's words, and checks it as it goes.
import { camel } from '../../src/resurrect/abi/names.js';
import { bitCheck, isNullable, isPadding, targetSection, targetsOf } from './fields.js';
import type { LaidField, LaidRecord, Layout } from './layout.js';
import { pascal, upper } from './names.js';

/** The word in which a field begins, as an expression: `at` is the record's first. */
const wordAt = (offset: number): string => (offset < 4 ? 'at' : `at + ${Math.floor(offset / 4)}`);

const word = (offset: number): string => `words[${wordAt(offset)}] as number`;

/** Words are signed, for only such V8 reads without making an object of what is beyond 31 bits. */
const unsigned = (offset: number): string => `(${word(offset)}) >>> 0`;

/** The value of at most 4 bytes within a word. */
function partOfWord(offset: number, bytes: number): string {
  const shift = (offset % 4) * 8;
  if (bytes === 4) return unsigned(offset);
  const shifted = shift === 0 ? `(${word(offset)})` : `(${word(offset)}) >>> ${shift}`;
  if (shift + bytes * 8 === 32) return shifted;
  const mask = `0x${(2 ** (bytes * 8) - 1).toString(16)}`;
  return shift === 0 ? `${shifted} & ${mask}` : `(${shifted}) & ${mask}`;
}

function readScalar({ field, offset, bytes }: LaidField): string {
  if (field.type === 'i32') return word(offset);
  if (field.type === 'i64') return `view.getBigInt64(4 * at + ${offset}, true)`;
  if (field.type === 'u64') return `from.u64(${wordAt(offset)})`;
  return partOfWord(offset, bytes);
}

/** What the readers call their own variables. */
const TAKEN = new Set(['from', 'words', 'view', 'counts', 'first', 'count', 'found', 'index', 'at']);

/** Variable that holds a field's value. */
const local = (name: string): string => (TAKEN.has(name) ? `${name}Value` : name);

/** Statements that read and check a field; what is wrong is told by a method of Source, so that the rest is short. */
function readField(laid: LaidField, record: LaidRecord, layout: Layout): string[] {
  const { field, name, offset } = laid;
  const { type } = field;
  const into = `const ${local(name)}`;
  const place = `${wordAt(offset)}, '${name}'`;
  if (field.enum !== undefined) {
    return [
      `${into} = (${readScalar(laid)}) as ${pascal(field.enum)};`,
      `if (${upper(field.enum)}_NAME[${local(name)}] === undefined) from.noSuchValue(${place}, ${local(name)});`,
    ];
  }
  if (type === 'text' || type === 'blob') return [`${into} = from.${type}(${place});`];
  if (typeof type === 'string') return readNumber(laid, layout);
  if ('bytes' in type) return [`${into} = from.fixed(4 * at + ${offset}, ${type.bytes});`];
  if ('padding' in type) return readPadding(laid);
  if ('children' in type) {
    const section = layout.records.get(type.children)?.record.section;
    const list = `from.children(${place}, ${section}, read${pascal(type.children)}List)`;
    const none = `words[${wordAt(offset)}] === 0 && words[${wordAt(offset + 4)}] === 0`;
    return [`${into} = ${none} ? NONE : ${list};`];
  }
  if ('ref' in type) {
    return readReference(laid, String(layout.records.get(type.ref)?.record.section), field.optional === true);
  }
  const section = targetSection(targetsOf(field, record, layout), local(camel(type.refBy)));
  if (field.optional || !isNullable(field, record, layout)) {
    return [
      `const ${name}Section = ${section};`,
      ...readReference(laid, `${name}Section`, field.optional === true),
    ];
  }
  return [`${into} = from.refBy(${place}, ${section});`];
}

function readNumber(laid: LaidField, layout: Layout): string[] {
  const { field, name, offset } = laid;
  const into = `const ${local(name)}`;
  const place = `${wordAt(offset)}, '${name}'`;
  const check = bitCheck(field, layout);
  if (check?.wide) {
    const bits = `from.wideBits(${place}, from.u64(${wordAt(offset)}), ${check.mask})`;
    return [`${into} = ${field.type === 'u53' ? `Number(${bits})` : bits};`];
  }
  if (field.type === 'u53') {
    const high = `${name}High`;
    return [
      `const ${high} = ${word(offset + 4)};`,
      `if (${high} >>> 21 !== 0) from.tooHigh(${place});`,
      `const ${name}Low = ${unsigned(offset)};`,
      `${into} = ${high} === 0 ? ${name}Low : ${high} * 0x1_0000_0000 + ${name}Low;`,
    ];
  }
  const read = `${into} = ${readScalar(laid)};`;
  if (check === null) return [read];
  return [
    read,
    `if ((${local(name)} & ~${check.mask}) !== 0) from.unknownBits(${place}, ${local(name)}, ${check.mask});`,
  ];
}

function readPadding({ field, offset, bytes }: LaidField): string[] {
  if ((offset % 4) + bytes > 4) return [`from.zero(4 * at + ${offset}, ${bytes}, '${field.name}');`];
  return [`if ((${partOfWord(offset, bytes)}) !== 0) from.notZero(${wordAt(offset)}, '${field.name}');`];
}

function readReference({ name, offset }: LaidField, section: string, optional: boolean): string[] {
  const place = `${wordAt(offset)}, '${name}', ${section}`;
  const index = `${name}Index`;
  const known = `${index} >>> 0 < (counts[${section}] as number) ? ${index}`;
  const [none, method] = optional ? [`${index} === -1 ? null : `, 'optionalRef'] : ['', 'ref'];
  return [
    `const ${index} = ${word(offset)};`,
    `const ${local(name)} = ${none}${known} : from.${method}(${place});`,
  ];
}

/** Fields that decide what others refer to. */
function deciders(laid: LaidRecord): Set<string> {
  const { fields } = laid.record;
  return new Set(
    fields.flatMap(({ type }) => (typeof type === 'object' && 'refBy' in type ? [type.refBy] : [])),
  );
}

/** Reads one record, where there is no section of them; else so many from one on. */
export function readerOf(laid: LaidRecord, layout: Layout): string {
  const decided = deciders(laid);
  const isFirst = (field: LaidField) => isPadding(field) || decided.has(field.field.name);
  const ordered = [...laid.fields.filter(isFirst), ...laid.fields.filter((field) => !isFirst(field))];
  const lines = ordered.flatMap((field) => readField(field, laid, layout));
  const members = laid.fields
    .filter((field) => !isPadding(field))
    .map(({ name }) => (local(name) === name ? name : `${name}: ${local(name)}`))
    .join(', ');
  const used = ['words', 'view', 'counts'].filter((name) => new RegExp(`\\b${name}[.[]`).test(lines.join()));
  const own = used.length === 0 ? '' : `  const { ${used.join(', ')} } = from;\n`;
  const type = pascal(laid.record.name);
  if (laid.record.section === 0) {
    return `/** \`at\`: in words of 4 bytes. */\nexport function read${type}(from: Source, at: number): ${type} {\n${own}${indented(lines, 2)}\n  return { ${members} };\n}\n`;
  }
  return `${shapeOf(laid)}/** \`first\`: of the first record, in words of 4 bytes. */
export function read${type}List(from: Source, first: number, count: number): ${type}[] {
${own}  const found = new Array<${type}>(count);
  for (let index = 0, at = first; index < count; index++, at += ${laid.bytes / 4}) {
${indented(lines, 4)}
    found[index] = { ${members} };
  }
  return found;
}
`;
}

/** For records that hold numbers beyond 31 bits. */
function shapeOf({ fields }: LaidRecord): string {
  if (!fields.some(({ field }) => field.type === 'u53')) return '';
  const members = fields.filter((field) => !isPadding(field)).map(({ name }) => `${name}: null`);
  return `keepReferences({ ${members.join(', ')} });\n\n`;
}

function indented(lines: readonly string[], by: number): string {
  return lines.map((line) => `${' '.repeat(by)}${line}`).join('\n');
}

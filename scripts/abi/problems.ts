// What is wrong with a schema.
import type { Enumeration, Field, RecordKind } from '../../src/resurrect/abi/schema/vocabulary.js';
import { childrenOf, type LaidRecord, type Layout, sizeOf } from './layout.js';
import { pascal } from './names.js';

const SNAKE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
/** Keywords of C (and macros of hosted C) that no member may be called. */
const C_KEYWORDS = new Set(
  `auto break case char const continue default do double else enum extern float for goto if inline int long register
  restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof
  unix linux errno bool true false current`.split(/\s+/),
);
/** Section numbers below are the container's: none, strings, data. */
const FIRST_SECTION = 3;

export function problemsOf(layout: Layout): string[] {
  return [
    ...duplicates(layout),
    ...[...layout.enums.values()].flatMap(({ enumeration }) => enumProblems(enumeration, layout)),
    ...[...layout.records.values()].flatMap((laid) => recordProblems(laid, layout)),
    ...parentProblems(layout),
    ...circles(
      'record',
      new Map([...layout.records].map(([name, { record }]) => [name, childrenOf(record)])),
    ),
    ...circles('group', groupUses(layout)),
  ];
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function duplicates({ schema, sections }: Layout): string[] {
  const types = schema.groups.flatMap((group) => [...group.enums, ...group.records].map(({ name }) => name));
  const numbers = sections.map(({ record }) => String(record.section));
  return [
    ...repeated(schema.groups.map(({ name }) => name)).map((name) => `group ${name}: there are two`),
    ...repeated(types.map(pascal)).map((name) => `${name}: two records or enumerations of that name`),
    ...repeated(numbers).map((number) => `section ${number}: two records have that number`),
    ...types.filter((name) => !SNAKE.test(name)).map((name) => `${name}: not in snake_case`),
  ];
}

function enumProblems({ name, kind, values }: Enumeration, layout: Layout): string[] {
  const at = `enumeration ${name}`;
  const found: string[] = [];
  for (const twice of repeated(values.map((value) => value.name))) found.push(`${at}: two values ${twice}`);
  for (const twice of repeated(values.map(({ value }) => String(value))))
    found.push(`${at}: value ${twice} twice`);
  for (const { name: value, value: number, target } of values) {
    if (!SNAKE.test(value)) found.push(`${at}: ${value} is not in snake_case`);
    if (!Number.isSafeInteger(number)) found.push(`${at}: ${value} is no exact integer`);
    if (kind === 'bits' && number <= 0) found.push(`${at}: ${value} has no bit`);
    if (target === undefined) continue;
    if (kind === 'bits') found.push(`${at}: bits have no targets`);
    if (layout.records.get(target)?.record.role !== 'object')
      found.push(`${at}: target ${target} is no object`);
  }
  return found;
}

function recordProblems({ record, fields, bytes }: LaidRecord, layout: Layout): string[] {
  const at = record.name;
  const found = repeated(fields.map(({ name }) => name)).map((name) => `${at}: two fields ${name}`);
  if (bytes % 8 !== 0 || bytes === 0) {
    found.push(`${at}: ${bytes} bytes, no multiple of 8: it lacks ${8 - (bytes % 8)} bytes of padding`);
  }
  if ((record.role === 'structure') !== (record.section === 0)) {
    found.push(`${at}: a structure has section 0, and nothing else has`);
  }
  if (record.section !== 0 && (record.section < FIRST_SECTION || record.section > 0xffff)) {
    found.push(`${at}: section ${record.section} is not between ${FIRST_SECTION} and 65535`);
  }
  if (record.role === 'object' && record.fields.some(({ name }) => name === 'id')) {
    found.push(`${at}.id: in JSON an object's id is its index; call the field something else`);
  }
  fields.forEach(({ field, offset }, index) => {
    const { align } = sizeOf(field.type);
    if (offset % align !== 0) {
      found.push(
        `${at}.${field.name}: at ${offset}, lacks ${align - (offset % align)} bytes of padding before it`,
      );
    }
    const before = record.fields.slice(0, index);
    for (const problem of fieldProblems(field, before, record, layout)) {
      found.push(`${at}.${field.name}: ${problem}`);
    }
  });
  return found;
}

function fieldProblems(field: Field, before: readonly Field[], record: RecordKind, layout: Layout): string[] {
  const { name, type } = field;
  const found: string[] = [];
  if (!SNAKE.test(name)) found.push('not in snake_case');
  if (C_KEYWORDS.has(name)) found.push('a keyword of C');
  const outside = type === 'text' || type === 'blob' || (typeof type === 'object' && 'children' in type);
  if (outside && record.role === 'structure') found.push('a structure cannot refer to other sections');
  const refers = typeof type === 'object' && ('ref' in type || 'refBy' in type);
  if (field.optional && !refers) found.push('only a reference is optional');
  if (typeof type === 'object') found.push(...referenceProblems(type, before, layout));
  return [...found, ...valueProblems(field, layout)];
}

function referenceProblems(type: Field['type'] & object, before: readonly Field[], layout: Layout): string[] {
  if ('children' in type) {
    const role = layout.records.get(type.children)?.record.role;
    return role === 'child'
      ? []
      : [`${type.children} is ${role === undefined ? 'no record' : `of role ${role}`}, not a child`];
  }
  if ('ref' in type) {
    const role = layout.records.get(type.ref)?.record.role;
    return role === 'object'
      ? []
      : [`${type.ref} is ${role === undefined ? 'no record' : `of role ${role}`}, not an object`];
  }
  if ('refBy' in type) {
    const choice = before.find(({ name }) => name === type.refBy);
    if (choice === undefined) return [`no field ${type.refBy} before it`];
    const targets = layout.enums
      .get(choice.enum ?? '')
      ?.enumeration.values.some(({ target }) => target !== undefined);
    return targets ? [] : [`${type.refBy} is no enumeration with targets`];
  }
  const size = 'bytes' in type ? type.bytes : type.padding;
  return Number.isInteger(size) && size > 0 ? [] : [`${size} bytes`];
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  u32: [0, 0xffffffff],
  i32: [-0x80000000, 0x7fffffff],
  u53: [0, Number.MAX_SAFE_INTEGER],
  u64: [0, Number.MAX_SAFE_INTEGER],
};

function valueProblems(field: Field, layout: Layout): string[] {
  const name = field.enum ?? field.flags;
  if (name === undefined) return [];
  if (field.enum !== undefined && field.flags !== undefined) return ['both enum and flags'];
  const enumeration = layout.enums.get(name)?.enumeration;
  if (enumeration === undefined) return [`no enumeration ${name}`];
  const wanted = field.enum !== undefined ? 'choice' : 'bits';
  if (enumeration.kind !== wanted) return [`${name} is of kind ${enumeration.kind}`];
  const range = typeof field.type === 'string' ? RANGES[field.type] : undefined;
  const allowed = wanted === 'choice' ? !['u53', 'u64'].includes(field.type as string) : field.type !== 'i32';
  if (range === undefined || !allowed) return [`cannot hold the ${wanted} ${name}`];
  const outside = enumeration.values.filter(({ value }) => value < range[0] || value > range[1]);
  return outside.map((value) => `too small for ${name} ${value.name}`);
}

function parentProblems({ records }: Layout): string[] {
  const listed = new Set([...records.values()].flatMap(({ record }) => childrenOf(record)));
  const orphans = [...records.values()].filter(
    ({ record }) => record.role === 'child' && !listed.has(record.name),
  );
  return orphans.map(({ record }) => `${record.name}: a child that no record lists`);
}

/** Generated files import one another as their groups do: a circle would be one of imports. */
function groupUses({ schema, records, enums }: Layout): Map<string, string[]> {
  return new Map(
    schema.groups.map((group) => {
      const used = group.records.flatMap((record) => [
        ...childrenOf(record).map((name) => records.get(name)?.group.name),
        ...record.fields.map((field) => enums.get(field.enum ?? field.flags ?? '')?.group.name),
      ]);
      const others = used.filter((name): name is string => name !== undefined && name !== group.name);
      return [group.name, [...new Set(others)]];
    }),
  );
}

function circles(what: string, graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) {
      found.push(`${what}s use one another: ${[...trail.slice(trail.indexOf(name)), name].join(' → ')}`);
      return;
    }
    if (done.has(name)) return;
    for (const next of graph.get(name) ?? []) visit(next, [...trail, name]);
    done.add(name);
  };
  for (const name of graph.keys()) visit(name, []);
  return found;
}

// The generator on small schemas of its own: where fields stand, and what it refuses.
import { describe, expect, test } from 'vitest';
import { layOut, SchemaError } from '../../scripts/abi/layout.js';
import { groupFile } from '../../scripts/abi/typescript.js';
import { generate } from '../../scripts/abi.js';
import type { Enumeration, Field, RecordKind, Schema } from '../../src/resurrect/abi/schema/vocabulary.js';

const field = (name: string, type: Field['type'], more: Partial<Field> = {}): Field => ({
  name,
  type,
  doc: 'D.',
  ...more,
});

const record = (
  name: string,
  section: number,
  fields: readonly Field[],
  role: RecordKind['role'] = 'object',
) => ({ name, section, role, doc: `A ${name}.`, fields }) satisfies RecordKind;

const schema = (records: readonly RecordKind[], enums: readonly Enumeration[] = []): Schema => ({
  groups: [{ name: 'small', doc: 'A small schema.', enums, records }],
});

const KIND: Enumeration = {
  name: 'backing_kind',
  kind: 'choice',
  doc: 'What backs it.',
  values: [
    { name: 'nothing', value: 1, doc: 'Nothing.' },
    { name: 'box', value: 2, doc: 'A box.', target: 'box' },
  ],
};
const COLOUR: Enumeration = {
  name: 'colour',
  kind: 'bits',
  doc: 'Colours.',
  values: [
    { name: 'red', value: 1, doc: 'Red.' },
    { name: 'far_red', value: 0x8000, doc: 'Beyond red.' },
  ],
};

const BOX = record('box', 3, [field('bytes_of', 'u64')]);
const SOUND = schema(
  [
    BOX,
    record('shelf', 4, [
      field('kind', 'u16', { enum: 'backing_kind' }),
      field('colours', 'u16', { flags: 'colour' }),
      field('what', { refBy: 'kind' }),
      field('label', 'text'),
      field('photo', 'blob'),
      field('boards', { children: 'board' }),
      field('serial', { bytes: 5 }),
      field('reserved', { padding: 3 }),
      field('beside', { ref: 'shelf' }, { optional: true }),
      field('height', 'i32'),
    ]),
    record(
      'board',
      5,
      [field('length', 'u53'), field('within', { ref: 'box' }), field('sign', 'i32')],
      'child',
    ),
  ],
  [KIND, COLOUR],
);

test('fields stand one behind the other', () => {
  const shelf = layOut(SOUND).records.get('shelf');
  expect(shelf?.fields.map(({ offset }) => offset)).toEqual([0, 2, 4, 8, 16, 32, 40, 45, 48, 52]);
  expect(shelf?.bytes).toBe(56);
});

test('what is generated for it', () => {
  const layout = layOut(SOUND);
  const text = groupFile(layout.schema.groups[0]!, layout);
  for (const line of [
    '  readonly kind: BackingKind;',
    '  readonly colours: number;',
    '  readonly what: number | null;',
    '  readonly boards: readonly Board[];',
    '  readonly beside: number | null;',
    '    const kind = ((words[at] as number) & 0xffff) as BackingKind;',
    "    if (BACKING_KIND_NAME[kind] === undefined) from.noSuchValue(at, 'kind', kind);",
    '    const colours = (words[at] as number) >>> 16;',
    "    if ((colours & ~0x8001) !== 0) from.unknownBits(at, 'colours', colours, 0x8001);",
    "    const what = from.refBy(at + 1, 'what', BACKING_KIND_TARGET_SECTION[kind] ?? 0);",
    "    const boards = words[at + 8] === 0 && words[at + 9] === 0 ? NONE : from.children(at + 8, 'boards', 5, readBoardList);",
    "    if (((words[at + 11] as number) >>> 8) !== 0) from.notZero(at + 11, 'reserved');",
    '    const serial = from.fixed(4 * at + 40, 5);',
    '    const besideIndex = words[at + 12] as number;',
    "    const beside = besideIndex === -1 ? null : besideIndex >>> 0 < (counts[4] as number) ? besideIndex : from.optionalRef(at + 12, 'beside', 4);",
    "    const within = withinIndex >>> 0 < (counts[3] as number) ? withinIndex : from.ref(at + 2, 'within', 3);",
    '    const length = lengthHigh === 0 ? lengthLow : lengthHigh * 0x1_0000_0000 + lengthLow;',
    "  2: 'box',",
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  const files = generate(SOUND);
  const header = files.get('kernel/uapi/restore_plan.h');
  expect(header).toContain('OWP_AT(shelf, height, 52);');
  expect(header).toContain('#define OWP_COLOUR_FAR_RED 0x8000U');
  expect(header).toContain('\tOWP_BACKING_KIND_BOX = 2,');
  expect(files.get('docs/plan-format.md')).toContain('| 32 | `boards` | children: [board](#board) | D. |');
});

describe('a schema is refused', () => {
  const wide = [field('a', 'u32'), field('b', 'u64')];
  const filled = (one: Field): Field[] => [one, field('rest', { padding: 4 })];
  test.each<[string, Schema, string]>([
    [
      'field off its alignment',
      schema([record('a', 3, wide)]),
      'a.b: at 4, lacks 4 bytes of padding before it',
    ],
    [
      'size',
      schema([record('a', 3, [field('b', 'u32')])]),
      'a: 4 bytes, no multiple of 8: it lacks 4 bytes of padding',
    ],
    ['two records', schema([BOX, { ...BOX, section: 9 }]), 'Box: two records or enumerations of that name'],
    [
      'a record like an enumeration',
      schema([{ ...BOX, name: 'colour' }], [COLOUR]),
      'Colour: two records or',
    ],
    ['two sections', schema([BOX, { ...BOX, name: 'crate' }]), 'section 3: two records have that number'],
    ['the section of strings', schema([{ ...BOX, section: 1 }]), 'box: section 1 is not between 3 and 65535'],
    [
      'an object without section',
      schema([{ ...BOX, section: 0 }]),
      'box: a structure has section 0, and nothing else has',
    ],
    ['two fields', schema([record('a', 3, [field('b', 'u64'), field('b', 'u64')])]), 'a: two fields b'],
    ['a C keyword', schema([record('a', 3, [field('long', 'u64')])]), 'a.long: a keyword of C'],
    ['camelCase', schema([record('a', 3, [field('bC', 'u64')])]), 'a.bC: not in snake_case'],
    ['id', schema([record('a', 3, [field('id', 'u64')])]), "a.id: in JSON an object's id is its index"],
    [
      'no such enumeration',
      schema([record('a', 3, filled(field('b', 'u32', { enum: 'c' })))]),
      'a.b: no enumeration c',
    ],
    [
      'bits as choice',
      schema([record('a', 3, filled(field('b', 'u32', { enum: 'colour' })))], [COLOUR]),
      'colour is of kind bits',
    ],
    [
      'too narrow',
      schema([record('a', 3, [field('b', 'u8', { flags: 'colour' }), field('c', { padding: 7 })])], [COLOUR]),
      'a.b: too small for colour far_red',
    ],
    [
      'reference to nothing',
      schema([record('a', 3, filled(field('b', { ref: 'c' })))]),
      'a.b: c is no record, not an object',
    ],
    [
      'reference to a child',
      schema(
        [...SOUND.groups[0]!.records, record('a', 9, filled(field('b', { ref: 'board' })))],
        [KIND, COLOUR],
      ),
      'a.b: board is of role child, not an object',
    ],
    [
      'children of an object',
      schema([BOX, record('a', 9, [field('b', { children: 'box' })])]),
      'a.b: box is of role object, not a child',
    ],
    [
      'refBy before its enumeration',
      schema([record('a', 3, filled(field('b', { refBy: 'c' })))]),
      'a.b: no field c before it',
    ],
    [
      'refBy without targets',
      schema([record('a', 3, [field('c', 'u32'), field('b', { refBy: 'c' })])]),
      'a.b: c is no enumeration with targets',
    ],
    ['target that is no object', schema([], [KIND]), 'enumeration backing_kind: target box is no object'],
    ['an orphan', schema([{ ...BOX, role: 'child' }]), 'box: a child that no record lists'],
    [
      'children of itself',
      schema([record('a', 3, [field('b', { children: 'a' })], 'child')]),
      'records use one another: a → a',
    ],
    [
      'text in a structure',
      schema([record('a', 0, [field('b', 'text')], 'structure')]),
      'a.b: a structure cannot refer to other sections',
    ],
    [
      'an optional number',
      schema([record('a', 3, [field('b', 'u64', { optional: true })])]),
      'a.b: only a reference is optional',
    ],
    [
      'value twice',
      schema([BOX], [{ ...KIND, values: [...KIND.values, { name: 'x', value: 2, doc: 'X.' }] }]),
      'enumeration backing_kind: value 2 twice',
    ],
  ])('%s', (_, faulty, message) => {
    expect(() => layOut(faulty)).toThrow(SchemaError);
    expect(() => layOut(faulty)).toThrow(message);
  });

  test('groups that use one another', () => {
    const [first, second] = [
      {
        name: 'one',
        doc: 'One.',
        enums: [COLOUR],
        records: [record('a', 3, [field('b', { children: 'c' })])],
      },
      {
        name: 'two',
        doc: 'Two.',
        enums: [],
        records: [record('c', 4, [field('d', 'u64', { flags: 'colour' })], 'child')],
      },
    ];
    expect(() => layOut({ groups: [first!, second!] })).toThrow('groups use one another: one → two → one');
  });
});

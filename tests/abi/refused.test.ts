// Every way in which a file can be no plan: one change each, with the checksums corrected where the change would not be met
// otherwise, and what the error says: file, section, record, field.
import { describe, expect, test } from 'vitest';
import { layOut } from '../../scripts/abi/layout.js';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { PlanFormatError } from '../../src/resurrect/abi/error.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { HEADER_BYTES } from '../../src/resurrect/abi/records/container.js';
import { SECTION_KINDS } from '../../src/resurrect/abi/records/plan.js';
import { SECTION_DATA, SECTION_STRINGS } from '../../src/resurrect/abi/schema/container.js';
import { SCHEMA } from '../../src/resurrect/abi/schema/schema.js';
import { randomPlan } from './random-plan.js';
import { AT, ENTRY, entryOf, SECTIONS_AT, seal, sectionOf } from './seal.js';

const layout = layOut(SCHEMA);
const random = randomPlan(1);
const [process] = random.process;
const [thread] = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((seed) =>
  randomPlan(seed).process.flatMap(({ threads }) => threads),
);

/** A record without relations, children, strings and data. */
function alone<T>(row: T, kind: string): T {
  const found = { ...(row as Record<string, unknown>) };
  for (const { name, field } of layout.records.get(kind)?.fields ?? []) {
    const { type } = field;
    if (type === 'text') found[name] = '';
    else if (type === 'blob') found[name] = new Uint8Array(0);
    else if (typeof type === 'object' && 'children' in type) found[name] = [];
    else if (field.optional) found[name] = null;
  }
  return found as unknown as T;
}

/** Two processes, the first with two threads. */
function plan(): Plan {
  const kinds = SECTION_KINDS.filter(({ role }) => role === 'object').map(({ key }) => [key, []]);
  const lone = alone(process!, 'process');
  const one = { ...alone(thread!, 'thread'), comm: 'less', fpu: Uint8Array.of(1, 2, 3) };
  const first = { ...lone, name: 'init', threads: [one, one] };
  const second = { ...lone, name: 'less', parent: 0 };
  return { header: random.header, ...Object.fromEntries(kinds), process: [first, second] } as unknown as Plan;
}

const number = (kind: string): number => layout.records.get(kind)?.record.section as number;
const offsetOf = (kind: string, field: string): number =>
  layout.records.get(kind)?.fields.find((one) => one.field.name === field)?.offset as number;

type Edit = (view: DataView, file: Uint8Array) => unknown;

function edited(edit: Edit, sealed = true): Uint8Array {
  const file = encodePlan(plan());
  edit(new DataView(file.buffer), file);
  return sealed ? seal(file) : file;
}

/** Puts a number where a field of a record is. */
const put =
  (kind: string, index: number, field: string, value: number, further = 0): Edit =>
  (view, file) => {
    const bytes = layout.records.get(kind)?.bytes as number;
    const at = sectionOf(file, number(kind)).offset + index * bytes + offsetOf(kind, field) + further;
    view.setUint32(at, value, true);
  };

const inEntry =
  (section: number, field: number, value: number): Edit =>
  (view, file) =>
    view.setUint32(entryOf(file, section) + field, value, true);

function refusal(file: Uint8Array): PlanFormatError {
  try {
    decodePlan(file, 'test.owplan');
  } catch (error) {
    if (error instanceof PlanFormatError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test('the plan itself is sound', () => {
  expect(
    decodePlan(
      edited(() => undefined),
      'test.owplan',
    ).process.map(({ name }) => name),
  ).toEqual(['init', 'less']);
});

describe('the container', () => {
  test.each<[string, Edit, string]>([
    ['magic', (view) => view.setUint8(6, 10), 'not a restore plan: it does not begin with OWPLAN'],
    ['version too new', (view) => view.setUint32(AT.version, 3, true), 'format version 3; this is 2 at most'],
    ['version of old', (view) => view.setUint32(AT.version, 0, true), 'format version 0 is too old'],
    ['header size', (view) => view.setUint32(AT.headerBytes, 8, true), 'header, field headerBytes: 8, not'],
    [
      'feature',
      (view) => view.setUint32(AT.features, 0x80000000, true),
      'field features: unknown bits: 0x80000000',
    ],
    ['file size', (view) => view.setUint32(AT.fileBytes, 8, true), 'header, field fileBytes: 8, not'],
    [
      'size beyond 2^53',
      (view) => view.setUint32(AT.fileBytes + 4, 1 << 21, true),
      'field fileBytes: 9007199254',
    ],
    [
      'place of the table',
      (view) => view.setUint32(AT.sectionsOffset, 8, true),
      'field sectionsOffset: 8, not',
    ],
    [
      'sections',
      (view) => view.setUint32(SECTIONS_AT, 0xffffffff, true),
      'field sections: 4294967295, but there is room for',
    ],
    [
      'padding',
      (view) => view.setUint32(HEADER_BYTES - 8, 1, true),
      'field reserved: padding that is not zero',
    ],
    ['section', inEntry(SECTION_DATA, ENTRY.section, 9999), 'section 9999: of no kind that is known'],
    [
      'order',
      inEntry(SECTION_DATA, ENTRY.section, SECTION_STRINGS),
      'section strings (1): behind section 1: they are not in order',
    ],
    [
      'record size',
      inEntry(number('process'), ENTRY.recordBytes, 8),
      'section process (16): records of 8 bytes, not',
    ],
    ['no records', inEntry(number('thread'), ENTRY.count, 0), 'section thread (17): empty'],
    [
      'overlap',
      inEntry(number('thread'), ENTRY.offset, HEADER_BYTES),
      `section thread (17): at offset ${HEADER_BYTES}, not`,
    ],
    [
      'beyond the end',
      inEntry(number('thread'), ENTRY.count, 0xffffff),
      'section thread (17): 16777215 records of',
    ],
    [
      '2^53 records',
      inEntry(number('thread'), ENTRY.count + 4, 0x1fffff),
      'section thread (17): 9007194959773698 records',
    ],
    [
      'padding of an entry',
      inEntry(SECTION_DATA, ENTRY.reserved, 1),
      'field reserved: padding that is not zero',
    ],
  ])('%s', (_, edit, message) => {
    const { message: found, hint } = refusal(edited(edit));
    expect(found).toMatch(/^test\.owplan: /);
    expect(found).toContain(message);
    expect(hint).toMatch(/^[A-Z].*\.$/);
  });

  test('a gap that is not zero', () => {
    const file = edited((view, bytes) => {
      const { offset, count } = sectionOf(bytes, SECTION_STRINGS);
      expect(count % 8).not.toBe(0);
      view.setUint8(offset + count, 1);
    });
    expect(refusal(file).message).toContain('a gap between sections that is not zero');
  });

  test('damage: the checksums tell', () => {
    const inHeader = edited(
      (view) => view.setUint8(HEADER_BYTES - 12, view.getUint8(HEADER_BYTES - 12) ^ 1),
      false,
    );
    expect(refusal(inHeader).message).toContain(
      'the checksum of the header and the table of sections does not fit',
    );
    const inThreads = edited(put('thread', 1, 'tid', 77), false);
    expect(refusal(inThreads).message).toContain('section thread (17): its checksum does not fit');
  });

  test('cut short anywhere', () => {
    const file = encodePlan(plan());
    for (let length = 0; length < file.length; length += 7) {
      expect(refusal(file.slice(0, length)).message).toMatch(/cut short|not a restore plan|fileBytes/);
    }
    expect(refusal(Buffer.concat([file, new Uint8Array(8)])).message).toContain('fileBytes');
  });

  test('a hint that is not known is kept', () => {
    const file = edited((view) => view.setUint32(AT.hints + 4, 0x10, true));
    const again = decodePlan(file, 'test.owplan');
    expect(again.header.hints >> 32n).toBe(0x10n);
    expect(Buffer.from(encodePlan(again)).equals(file)).toBe(true);
  });
});

describe('a record', () => {
  test.each<[string, Edit, string]>([
    [
      'choice',
      put('process', 1, 'state', 9),
      'section process (16), record 1, field state: no such value: 9',
    ],
    [
      'bits',
      put('process', 0, 'flags', 0x8001),
      'section process (16), record 0, field flags: unknown bits: 0x8000',
    ],
    [
      'padding',
      put('thread', 1, 'reserved', 1),
      'section thread (17), record 1, field reserved: padding that is not zero',
    ],
    [
      'reference',
      put('process', 1, 'parent', 2),
      'record 1, field parent: refers to 2, but there are 2 records in section 16',
    ],
    [
      'reference to an absent kind',
      put('process', 0, 'mm', 0),
      'field mm: refers to 0, but there are 0 records',
    ],
    ['children out of order', put('process', 0, 'threads', 1), 'field threads: first child is 1: expected 0'],
    [
      'too many children',
      put('process', 0, 'threads', 3, 4),
      'field threads: 3 children from 0, but there are 2 in section 17',
    ],
    [
      'orphans',
      put('process', 0, 'threads', 1, 4),
      'section thread (17): nothing refers to the 1 records from 1',
    ],
    [
      'stolen children',
      put('process', 1, 'threads', 1, 4),
      'record 1, field threads: first child is 0: expected 2',
    ],
    [
      'no children from somewhere',
      put('process', 1, 'threads', 2),
      'field threads: no children, but the first is 2',
    ],
    ['text out of order', put('process', 0, 'name', 1), 'field name: string at 1: expected at 0'],
    [
      'text within another',
      put('process', 1, 'name', 3, 4),
      'record 1, field name: string at 5 has 4 bytes, not 3',
    ],
    ['text beyond the end', put('process', 0, 'name', 99, 4), 'field name: string ends at'],
    ['empty text somewhere', put('process', 1, 'name', 0, 4), 'field name: empty string with offset'],
    [
      'data out of order',
      put('thread', 1, 'fpu', 0),
      'section thread (17), record 1, field fpu: data at 0: expected at',
    ],
    ['data beyond the end', put('thread', 1, 'fpu', 0xffff, 8), 'field fpu: 65535 bytes of data at'],
    ['data of 2^53 bytes', put('thread', 1, 'fpu', 0x200000, 12), 'is not below 2^53'],
    ['no data somewhere', put('thread', 1, 'fpu', 0, 8), 'field fpu: no bytes, but offset'],
  ])('%s', (_, edit, message) => {
    expect(refusal(edited(edit)).message).toContain(message);
  });

  test('text without a NUL behind it', () => {
    const file = edited((view, bytes) => view.setUint8(sectionOf(bytes, SECTION_STRINGS).offset + 4, 65));
    expect(refusal(file).message).toContain('string without a NUL behind it');
  });

  test('data that nothing refers to', () => {
    const file = edited((view, bytes) => {
      const at = entryOf(bytes, SECTION_DATA) + ENTRY.count;
      view.setUint32(at, view.getUint32(at, true) + 1, true);
    });
    expect(refusal(file).message).toContain('section data (2): nothing refers to the');
  });
});

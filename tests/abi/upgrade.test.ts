// Plans of older versions: one step after another; and each step there is, on the kept file of its version.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { PlanFormatError } from '../../src/resurrect/abi/error.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import { PAGE_SOURCE, type Vma } from '../../src/resurrect/abi/records/memory.js';
import { type Upgrader, upgraded } from '../../src/resurrect/abi/upgrade.js';
import { ENTRY, entryOf, seal, sectionOf } from './seal.js';

const KEPT = join(dirname(fileURLToPath(import.meta.url)), 'kept');
const kept = (version: number): Uint8Array =>
  new Uint8Array(readFileSync(join(KEPT, `format-${version}.owplan`)));

/** A file whose version is `version`, and that remembers the steps it went through. */
const file = (version: number, steps: readonly number[] = []): Uint8Array =>
  Uint8Array.of(...Buffer.from('OWPLAN\r\n'), version, 0, 0, 0, ...steps);

const step: Upgrader = (bytes) => file((bytes[8] ?? 0) + 1, [...bytes.slice(12), bytes[8] ?? 0]);
const STEPS = new Map([1, 2, 3].map((version) => [version, step]));

test('each step is taken once, in order', () => {
  expect(upgraded(file(1), 'old', STEPS, 4)).toEqual(file(4, [1, 2, 3]));
  expect(upgraded(file(3), 'old', STEPS, 4)).toEqual(file(4, [3]));
});

test('what is up to date, too new, or too short stays', () => {
  for (const bytes of [file(4), file(9), file(1).slice(0, 11)])
    expect(upgraded(bytes, 'x', STEPS, 4)).toBe(bytes);
});

test('a version that nobody knows is refused', () => {
  expect(() => upgraded(file(0), 'old.owplan', STEPS, 4)).toThrow(PlanFormatError);
  expect(() => upgraded(file(0), 'old.owplan', STEPS, 4)).toThrow('old.owplan: format version 0 is too old');
});

test('a step that leads nowhere is noticed', () => {
  expect(() => upgraded(file(1), 'old', new Map([[1, (bytes) => bytes]]), 2)).toThrow('did not raise it');
});

const bare = (vma: Vma): Vma => ({
  ...vma,
  pages: vma.pages.filter(({ source }) => source !== PAGE_SOURCE.plan),
  guards: [],
});

/** As version 1 had it: without times, the pages of the identity, stored pages, guards, and the last users of message queues. */
function asVersion1(plan: Plan): Plan {
  const timeless = <T extends { readonly times: unknown }>(rows: readonly T[]): T[] =>
    rows.map((row) => ({ ...row, times: [] }));
  return {
    ...plan,
    identityPage: [],
    storedPage: [],
    mm: plan.mm.map((mm) => ({ ...mm, vmas: mm.vmas.map(bare) })),
    vdsoImage: [],
    messageQueue: plan.messageQueue.map((queue) => ({
      ...queue,
      ...{ lastSender: 0, lastReceiver: 0, notification: [] },
    })),
    inode: timeless(plan.inode),
    sharedMemory: timeless(plan.sharedMemory),
    writeback: timeless(plan.writeback),
    mount: plan.mount.map((mount) => ({ ...mount, entries: timeless(mount.entries) })),
  };
}

test('version 1 is read as a plan whose times are not known', () => {
  // The two files were made of the same plan but for what version 2 brought.
  const old = decodePlan(kept(1), 'old');
  expect(old).toEqual(asVersion1(decodePlan(kept(2), 'new')));
  expect(old.mount[0]?.entries.map(({ path }) => path)).toEqual(['/', '/pid', '/link']);
});

const WRITEBACK = 140;

test.each<[string, (file: Uint8Array) => void, string]>([
  ['damaged', (file) => void (file[sectionOf(file, WRITEBACK).offset] = 7), 'damaged'],
  [
    'with records of version 2',
    (file) => new DataView(file.buffer).setUint32(entryOf(file, WRITEBACK) + ENTRY.recordBytes, 64, true),
    'section writeback (140): records of 64 bytes, not 56',
  ],
  [
    'with a section of version 2',
    (file) => new DataView(file.buffer).setUint32(entryOf(file, 47) + ENTRY.section, 49, true),
    'section 49: of no kind that is known',
  ],
])('version 1 %s is refused', (what, edit, message) => {
  const file = kept(1);
  edit(file);
  if (what !== 'damaged') seal(file);
  expect(() => decodePlan(file, 'old.owplan')).toThrow(PlanFormatError);
  expect(() => decodePlan(file, 'old.owplan')).toThrow(message);
});

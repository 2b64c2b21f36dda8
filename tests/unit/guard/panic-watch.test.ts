// The watch on a RAM file in which an area goes through its states.
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { PanicWatch } from '../../../src/guard/panic-watch.js';
import { AREA, PANIC_STATE } from '../../../src/parsers/panic-area/layout.js';
import { madePanicArea } from '../helpers/made-panic-area.js';

const dir = mkdtempSync(join(tmpdir(), 'ow-watch-'));
const ram = join(dir, 'ram');
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let watch: PanicWatch | undefined;
afterEach(() => watch?.stop());

const AT = 0x123_4000;

function makeRam(state: number, at = AT): void {
  writeFileSync(ram, '');
  truncateSync(ram, 32 << 20);
  poke(madePanicArea({ physical: at, state, slots: [null, null] }), at);
}

function poke(bytes: Buffer, at: number): void {
  const fd = openSync(ram, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}

function setState(state: number): void {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(state);
  poke(word, AT + AREA.state);
}

/** What happens, in order; `until` waits for a number of them. */
function observe() {
  const seen: string[] = [];
  watch = new PanicWatch(ram, {
    onFound: (offset) => seen.push(`found ${offset.toString(16)}`),
    onPanic: () => seen.push('panic'),
    onLeft: () => seen.push('left'),
  });
  const until = (count: number) =>
    expect.poll(() => seen.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
  return { seen, until };
}

test('finds the area, and tells of the panic and of the end of the kernel', async () => {
  makeRam(PANIC_STATE.armed);
  const { seen, until } = observe();
  await until(1);
  setState(PANIC_STATE.saving);
  await until(2);
  setState(PANIC_STATE.left);
  await until(3);
  expect(seen).toEqual(['found 1234000', 'panic', 'left']);
});

test('a state that came and went between two looks is told all the same', async () => {
  makeRam(PANIC_STATE.armed);
  const { seen, until } = observe();
  await until(1);
  setState(PANIC_STATE.left);
  await until(3);
  expect(seen).toEqual(['found 1234000', 'panic', 'left']);
});

test('is told where an area is that was not there when it searched', async () => {
  makeRam(PANIC_STATE.off);
  const { seen, until } = observe();
  await new Promise((resolve) => setTimeout(resolve, 200));
  watch?.tell(AT + 4096);
  expect(seen).toEqual([]);
  setState(PANIC_STATE.armed);
  watch?.tell(AT);
  await until(1);
  setState(PANIC_STATE.left);
  await until(3);
  expect(seen).toEqual(['found 1234000', 'panic', 'left']);
});

test('passes over the areas of kernels that are dead, and over damaged ones', async () => {
  makeRam(PANIC_STATE.left);
  const damaged = madePanicArea({ physical: 0x50_0000, state: PANIC_STATE.armed, slots: [null] });
  damaged.writeUInt32LE(1, AREA.sum);
  poke(damaged, 0x50_0000);
  const { seen } = observe();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(seen).toEqual([]);
});

test.each(['found', 'panic'])('whoever is told of %s may stop it', async (when) => {
  makeRam(PANIC_STATE.armed);
  const seen: string[] = [];
  const tell = (what: string) => {
    seen.push(what);
    if (what === when) watch?.stop();
  };
  watch = new PanicWatch(ram, {
    onFound: () => tell('found'),
    onPanic: () => tell('panic'),
    onLeft: () => tell('left'),
  });
  await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(1);
  setState(PANIC_STATE.left);
  if (when === 'panic') await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(seen.at(-1)).toBe(when);
});

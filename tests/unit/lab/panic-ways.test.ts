import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kernelDir } from '../../../src/lab/kernel-sources.js';
import { CRASHES, panicWay } from '../../../src/lab/panic-ways.js';

test('the words of the crasher are those that its module knows', () => {
  const source = readFileSync(join(kernelDir(), 'crasher/crasher.c'), 'utf8');
  const words = [...source.matchAll(/^\t\{ "([a-z-]+)", \w+ \},$/gm)].map(([, word]) => word);
  expect(words.toSorted()).toEqual(Object.keys(CRASHES).toSorted());
});

test('a crash is a word that is written to the parameter of the module', () => {
  expect(panicWay('soft-lockup')).toEqual({
    trigger: '/sys/module/crasher/parameters/die=soft-lockup',
    needsCrasher: true,
    settings: { 'kernel/softlockup_panic': 1, 'kernel/watchdog_thresh': 2 },
  });
});

test("the kernel's own triggers need no module", () => {
  for (const trigger of ['sysrq', 'nmi', '/proc/sysrq-trigger=c'])
    expect(panicWay(trigger)).toEqual({ trigger, needsCrasher: false, settings: {} });
});

test('what is no way to panic is refused, with those that are', () => {
  for (const word of ['', 'reboot', 'proc/x=c', 'toString'])
    expect(() => panicWay(word)).toThrow(`unknown way to panic '${word}'`);
  try {
    panicWay('reboot');
  } catch (error) {
    expect((error as { hint: string }).hint).toContain('null-interrupt');
  }
});

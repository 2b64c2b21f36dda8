// Which script runs a command line; and that the smaller one has the commands that it is chosen for.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scriptOf } from '../../../src/cli/script-of.js';

test.each([
  ['plans', ['plan', 'check', 'all.owplan']],
  ['plans', ['plan', 'check', '--json', 'all.owplan']],
  ['plans', ['plan', 'show', 'all.owplan', '-k', 'socket']],
  ['plans', ['plan', 'diff', 'a', 'b', '--ignore', 'volatile']],
  ['program', ['plan', 'check', 'all.owplan', '--dump', 'dump.raw']],
  ['program', ['plan', 'check', 'all.owplan', '--dump=dump.raw']],
  ['program', ['plan', 'check', '-ddump.raw', 'all.owplan']],
  ['program', ['plan', 'build', 'dump.raw', '-o', 'check']],
  ['program', ['plan']],
  ['program', ['snapshot', 'check']],
  ['program', []],
])('%s runs ow %j', (script, argv) => {
  expect(scriptOf('ow', argv)).toBe(script);
});

test('ow-inspect is the whole program, whatever the dump is called', () => {
  expect(scriptOf('ow-inspect', ['plan', 'check'])).toBe('program');
});

test('the build leaves no command out of it that it is chosen for', () => {
  const build = readFileSync(new URL('../../../scripts/build.mjs', import.meta.url), 'utf8');
  const names = /plan\\\/\(([a-z|-]+)\)/.exec(build)?.[1]?.split('|') ?? [];
  expect(names).toContain('check');
  const loaded = readFileSync(new URL('../../../src/cli/plan.ts', import.meta.url), 'utf8');
  const commands = [...loaded.matchAll(/import\('\.\/plan\/([a-z-]+)\.js'\)/g)].map(
    (found) => found[1] ?? '',
  );
  const chosen = commands.filter((name) => scriptOf('ow', ['plan', name, 'x']) === 'plans');
  expect(chosen.sort()).toEqual(names.sort());
});

// Command lines understood: options anywhere, words in order, and what is said of wrong ones.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../../src/base/error.js';
import { chooseSection } from '../../../src/cli/inspect.js';
import { SECTIONS } from '../../../src/cli/sections.js';

const DUMP = 'dump.raw';
const choose = (line: string) => chooseSection(line.split(' ').filter(Boolean));

afterEach(() => vi.restoreAllMocks());

/** What is printed when help is asked for. */
function help(line: string): string {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  expect(choose(line)).toBeUndefined();
  return text;
}

function wrong(line: string): UsageError {
  try {
    choose(line);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error as UsageError;
  }
  throw new Error(`${line} was accepted`);
}

describe('sections and arguments', () => {
  test('no section is the overview', () => {
    expect(choose(DUMP)).toMatchObject({ path: DUMP, args: [], section: { name: 'overview' } });
  });

  test.each(SECTIONS.map(({ name, args }) => [name, args?.startsWith('<') ? 'x' : '']))(
    '%s',
    (name, args) => {
      const chosen = choose(`${DUMP} ${name} ${args}`);
      expect(chosen?.section.name).toBe(name);
      expect(chosen?.args).toEqual(args === '' ? [] : ['x']);
    },
  );

  test('what looks like an option is an argument behind --', () => {
    expect(choose(`${DUMP} ps -- --json`)?.args).toEqual(['--json']);
    expect(choose(`${DUMP} ps -- --json`)?.options['json']).toBeUndefined();
  });
});

describe('options', () => {
  test.each([
    `--json --color never --no-cache ${DUMP} ps`,
    `${DUMP} --json --color never --no-cache ps`,
    `${DUMP} ps --json --color never --no-cache`,
    `--json ${DUMP} --color=never ps --no-cache`,
  ])('%s', (line) => {
    expect(choose(line)?.options).toMatchObject({ json: true, color: 'never', cache: false });
  });

  test('the later of two wins', () => {
    expect(choose(`--color never ${DUMP} ps --color always`)?.options['color']).toBe('always');
  });

  test('defaults', () => {
    const { options } = choose(DUMP) ?? {};
    expect(options).toMatchObject({ color: 'auto', cache: true, logLevel: 'silent' });
    expect(options?.['json']).toBeUndefined();
  });

  test("a section's own", () => {
    expect(choose(`${DUMP} maps -af`)?.options).toMatchObject({ all: true, files: true });
    expect(choose(`${DUMP} read 400000 16 -p 1`)).toMatchObject({
      args: ['400000', '16'],
      options: { pid: '1' },
    });
  });
});

describe('wrong usage', () => {
  test.each([
    ['', 'name the dump'],
    ['ps', 'there is no file ps'],
    [`${DUMP} pss`, 'no section named pss'],
    [`${DUMP} ps --bogus`, "unknown option '--bogus'"],
    [`--bogus ${DUMP}`, "unknown option '--bogus'"],
    [`${DUMP} --bogus ps`, "unknown option '--bogus'"],
    [`${DUMP} dmesg 1`, 'too many arguments'],
    [`${DUMP} read`, "missing required argument 'address'"],
    [`${DUMP} --color blue`, "argument 'blue' is invalid"],
    [`${DUMP} --kernel third`, "argument 'third' is invalid"],
  ])('%s: %s', (line, message) => {
    const error = wrong(line);
    expect(error.message).toContain(message);
    expect(error.message).not.toMatch(/^error:|\n/);
    expect(error.hint).toBeTruthy();
    expect(error.exitCode).toBe(2);
  });

  test('names the section that may have been meant', () => {
    expect(wrong(`${DUMP} file`).hint).toBe('Did you mean files?');
  });
});

describe('help', () => {
  test.each(['--help', '-h', 'help', `${DUMP} --help`, `${DUMP} help`])('%s names every section', (line) => {
    const text = help(line);
    for (const { name, summary } of SECTIONS) expect(text).toContain(`${name} `.slice(0, -1) && summary);
    expect(text).toContain('Exit codes: 0 ');
  });

  test.each([`${DUMP} maps --help`, 'maps --help', 'help maps', `${DUMP} help maps`])('%s', (line) => {
    expect(help(line)).toMatch(/^Usage: ow-inspect DUMP maps \[options\] \[process\.\.\.\]\n[\s\S]*--files/);
  });

  test('--version', () => {
    expect(help('--version')).toBe('dev\n');
  });
});

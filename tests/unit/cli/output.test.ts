// What is printed where: text and JSON on stdout, faults on stderr, exit codes.
import { Writable } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AbsentError, InputError, OwError, SystemError, UsageError } from '../../../src/base/error.js';
import { Fault, FaultLog } from '../../../src/base/fault.js';
import { jsonPieces } from '../../../src/cli/json.js';
import { errorText, explain } from '../../../src/cli/main.js';
import { printResult } from '../../../src/cli/output.js';
import type { AnyResult } from '../../../src/cli/result.js';

class Gathered extends Writable {
  private readonly chunks: Buffer[] = [];

  constructor(
    readonly isTTY: boolean,
    highWaterMark = 1 << 14,
  ) {
    super({ highWaterMark });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    setImmediate(done);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.bytes.toString();
  }
}

const RESULT: AnyResult = {
  schema: 'faults',
  data: () => ({ count: 2, records: [] }),
  text: () => ['first', 'second'],
};

function listOf(count: number): AnyResult {
  return {
    schema: 'mounts',
    data: function* () {
      for (let id = 0; id < count; id++) yield { id } as never;
    },
    text: function* () {
      for (let id = 0; id < count; id++) yield `line ${id}`;
    },
  };
}

async function print(result: AnyResult, json: boolean, faults?: FaultLog, isTTY = false) {
  const stdout = new Gathered(isTTY);
  let stderr = '';
  const code = await printResult(result, { json, color: 'auto' }, faults, {
    stdout,
    stderr: { write: (text) => (stderr += text) },
  });
  return { code, stdout: stdout.text, stderr };
}

function faulty(): FaultLog {
  const log = new FaultLog();
  log.add(new Fault('loop', 'a loop', 'kernel', '0xffff'));
  return log;
}

describe('a result', () => {
  test('as text', async () => {
    expect(await print(RESULT, false)).toEqual({ code: 0, stdout: 'first\nsecond\n', stderr: '' });
  });

  test('as JSON, on one line', async () => {
    const { stdout } = await print(RESULT, true);
    expect(stdout).toBe('{"schema":"otherworld/faults/1","data":{"count":2,"records":[]},"faults":0}\n');
  });

  test('as JSON on a terminal, as JSON.stringify indents it', async () => {
    for (const result of [RESULT, listOf(0), listOf(2)]) {
      const { stdout } = await print(result, true, undefined, true);
      expect(stdout).toBe(`${JSON.stringify(JSON.parse(stdout), null, 2)}\n`);
    }
  });

  test('a name that is no UTF-8 is its bytes as text, and escaped in JSON', async () => {
    const name = 'caf\udce9 é\udcff';
    const result: AnyResult = { ...RESULT, data: () => [name] as never, text: () => [name] };
    const stdout = new Gathered(false);
    await printResult(result, { json: false, color: 'auto' }, undefined, { stdout, stderr: process.stderr });
    expect(stdout.bytes.toString('hex')).toBe('636166e920c3a9ff0a');
    const json = (await print(result, true)).stdout;
    expect(json).toContain('"caf\\udce9 é\\udcff"');
    expect(JSON.parse(json).data).toEqual([name]);
  });

  test('faults are told on stderr, and by the exit code', async () => {
    const { code, stdout, stderr } = await print(RESULT, true, faulty());
    expect([code, stderr]).toEqual([5, 'ow: 1 thing could not be read; the section `faults` lists them\n']);
    expect(JSON.parse(stdout).faults).toBe(1);
  });

  test("a command's own exit code comes first", async () => {
    expect((await print({ ...RESULT, exitCode: 0 }, false, faulty())).code).toBe(0);
    expect((await print({ ...RESULT, exitCode: 5 }, false)).code).toBe(5);
  });

  test('lists are written while they are made, and wait for a slow reader', async () => {
    const { stdout } = await print(listOf(20_000), true);
    expect(JSON.parse(stdout).data).toHaveLength(20_000);
    expect((await print(listOf(20_000), false)).stdout.split('\n')).toHaveLength(20_001);
  });

  test('faults met while a list is made are counted', () => {
    const log = new FaultLog();
    const result: AnyResult = {
      schema: 'mounts',
      data: function* () {
        log.add(new Fault('hole', 'gone'));
        yield {} as never;
      },
      text: () => [],
    };
    expect(JSON.parse([...jsonPieces(result, () => log.count, false)].join('')).faults).toBe(1);
  });
});

describe('an error', () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    [new AbsentError('gone'), 1],
    [new UsageError('what', 'so'), 2],
    [new InputError('no dump'), 3],
    [new SystemError('refused'), 4],
    [new OwError(5, 'partly'), 5],
    [new Fault('hole', 'nothing there', 'physical', 0x1000), 3],
    [Object.assign(new Error('ENOSPC: no space'), { syscall: 'write', code: 'ENOSPC' }), 4],
    [new TypeError('x is undefined'), 70],
    ['thrown text', 70],
  ])('%s: exit code %d', (error, code) => expect(explain(error).error.exitCode).toBe(code));

  test('is told with what the user can do', () => {
    expect(errorText(explain(new UsageError('no such thing', 'Do this,\nor that.')))).toBe(
      'ow: no such thing\n    Do this,\n    or that.\n',
    );
    expect(errorText(explain(new AbsentError('no such thing')))).toBe('ow: no such thing\n');
    expect(errorText(explain(new AbsentError('no \x1b[31m', 'There are: \udcff.')))).toBe(
      'ow: no \\x1b[31m\n    There are: \\xff.\n',
    );
  });

  test('a fault tells its address', () => {
    expect(explain(new Fault('hole', 'nothing there', 'physical', 0x1000)).error.message).toBe(
      'nothing there (hole at physical address 0x1000)',
    );
  });

  test('a bug has its stack under OW_DEBUG', () => {
    vi.stubEnv('OW_DEBUG', '1');
    expect(explain(new TypeError('oops')).error.message).toMatch(/^internal error: TypeError: oops\n +at /);
  });
});

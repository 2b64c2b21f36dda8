import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { OwError } from '../../../src/base/error.js';
import { hasProgram, requirePrograms, run } from '../../../src/lab/host.js';
import { withLock } from '../../../src/lab/lock.js';

const dir = mkdtempSync(join(tmpdir(), 'ow-host-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** What is thrown, or rejected with. */
async function thrown(body: () => unknown): Promise<OwError> {
  try {
    await body();
  } catch (error) {
    return error as OwError;
  }
  throw new Error('nothing was thrown');
}

describe('host programs', () => {
  test('that are missing are named with the apt line that brings them', async () => {
    const present = (name: string) => name !== 'mke2fs' && name !== 'mmdebstrap' && name !== 'gcc';
    const error = await thrown(() => requirePrograms(['mmdebstrap', 'mke2fs', 'gcc', 'tar'], present));
    expect(error).toBeInstanceOf(OwError);
    expect(error.message).toContain('mmdebstrap, mke2fs, gcc');
    expect(error.hint).toBe('apt-get install e2fsprogs gcc libc6-dev mmdebstrap');
  });

  test('are looked for along a path', () => {
    expect(hasProgram('sh')).toBe(true);
    expect(hasProgram('sh', dir)).toBe(false);
    expect(() => requirePrograms(['sh'])).not.toThrow();
  });

  test('that fail are an error with the last of what they said', async () => {
    const lines: string[] = [];
    const error = await thrown(() =>
      run('sh', ['-c', 'echo first; echo why >&2; exit 3'], { onLine: (line) => lines.push(line) }),
    );
    expect(error.message).toBe('sh failed (exit 3)');
    expect(error.hint).toContain('why');
    expect(lines.sort()).toEqual(['first', 'why']);
  });

  test('that do not exist are an error too', async () => {
    expect((await thrown(() => run('no-such-program-here', []))).message).toContain('no-such-program-here');
  });
});

test('of two who want a lock, the second waits for the first', async () => {
  const path = join(dir, 'lock');
  const order: string[] = [];
  const { promise: waiting, resolve: waits } = withResolvers();
  const { promise: taken, resolve: takes } = withResolvers();
  const hold = (name: string) =>
    withLock(
      path,
      () => {
        order.push(`${name} waits`);
        waits();
      },
      async () => {
        order.push(`${name} in`);
        takes();
        await waiting;
        order.push(`${name} out`);
      },
    );
  const first = hold('a');
  await taken;
  await Promise.all([first, hold('b')]);
  expect(order).toEqual(['a in', 'b waits', 'a out', 'b in', 'b out']);
});

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

// Kernel stacks against /proc/PID/stack, and the panic's against the Call Trace that the kernel printed into its log.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { logOf, systemOf } from '../../src/parsers/parts/system.js';
import { backtraceOf } from '../../src/parsers/parts/threads.js';
import { procStackLines } from '../../src/parsers/stack/stack-text.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { movedSince } from './moved.js';

/** States in which a task was not on a CPU when it was asked, and may have gone on since. */
const RUNNING = 'R';

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  test('every sleeping task, as /proc/PID/stack', () => {
    const { dump, truth } = fixture;
    const compare = new Comparison();
    for (const task of dump.tasks) {
      if (task.idle || task.onCpu || task.state === RUNNING) continue;
      const owner = truth.processes[task.pid];
      if (movedSince(task, textOf(owner?.threads[task.tid]?.files['status']))) continue;
      const theirs = textOf(
        owner?.threads[task.tid]?.files['stack'] ?? (task.leader ? owner?.files['stack'] : undefined),
      );
      const path = `processes ${task.pid}${task.leader ? '' : ` threads ${task.tid}`} files stack`;
      if (theirs === undefined || theirs === '' || !isStable(truth, path)) continue;
      const ours = procStackLines(dump.kernel, backtraceOf(dump, task)).join('\n');
      compare.same(`${task.tid} ${task.comm}`, ours, theirs.trimEnd());
    }
    compare.finish(100);
  });

  test('the panic’s calls, as the log has them', () => {
    const log = logOf(fixture.dump);
    const system = systemOf(fixture.dump);
    const from = log.findLastIndex(({ text }) => text === 'Call Trace:');
    const theirs = log
      .slice(from)
      .map(({ text }) => /^ ([\w.]+\+0x[0-9a-f]+\/0x[0-9a-f]+( \[\w+\])?)$/.exec(text)?.[1])
      .filter((line) => line !== undefined);
    const ours = system.panic.backtrace.map(({ symbol, guess }) => `${guess ? '? ' : ''}${symbol}`);
    // panic() went on after it had printed the trace, so that its own frames stand elsewhere by now.
    const callers = (frames: readonly string[]) =>
      frames.slice(frames.findLastIndex((each) => /^v?panic\+/.test(each)) + 1);
    expect(callers(ours)).toEqual(callers(theirs));
    expect(callers(ours).length).toBeGreaterThan(4);
  });
});

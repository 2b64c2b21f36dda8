// search: what the guest said where it stands.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytesOf, textOf } from '../../src/lab/truth.js';
import { searchKernel } from '../../src/parsers/search/search-kernel.js';
import { searchUser } from '../../src/parsers/search/search-user.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

/** Place of arg_start in /proc/PID/stat, counted from the field behind the command name. */
const ARG_START = 45;

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  test('the arguments of a process are where its stat says', () => {
    const { dump, truth } = fixture;
    const compare = new Comparison();
    for (const task of dump.tasks.filter(({ leader, mm }) => leader && mm !== null)) {
      const files = truth.processes[task.pid]?.files;
      const fields = textOf(files?.['stat'])
        ?.replace(/^.*\) /s, '')
        .trim()
        .split(' ');
      const start = Number(fields?.[ARG_START] ?? 0);
      const words = files?.['cmdline'] === undefined ? Buffer.alloc(0) : bytesOf(files['cmdline']);
      if (start === 0 || words.length < 4) continue;
      // A fixture may lack the page: what a process wrote there since is not what it was given.
      if (dump.userMemory(task).peek(start, words.length).missing.length > 0) continue;
      const [found] = [...searchUser(dump.userMemory(task), words)].filter((at) => at === start);
      compare.same(`${task.pid} ${task.comm}`, found, start);
    }
    compare.finish(50);
  });

  test('the banner is found in the kernel’s image, where its symbol says', () => {
    const { kernel } = fixture.dump;
    const { mem } = kernel;
    const banner = textOf(fixture.truth.system['/proc/version'])?.trimEnd() ?? 'no /proc/version';
    const places = [...searchKernel(kernel, Buffer.from(banner))].map((at) => mem.translate(at));
    expect(places).toContain(mem.translate(kernel.symbol('linux_banner')));
  });
});

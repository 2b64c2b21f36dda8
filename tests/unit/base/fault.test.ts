import { expect, test } from 'vitest';
import { Fault, FaultLog } from '../../../src/base/fault.js';

test('what is read later is read once, as a part of the walk that it was left in', () => {
  const log = new FaultLog();
  let reads = 0;
  const read = log.within('task 7', () =>
    log.later(() =>
      log.guard(
        'environ',
        () => {
          reads++;
          throw new Fault('hole', 'not there');
        },
        'nothing',
      ),
    ),
  );
  expect(log.count).toBe(0);
  expect(log.within('another walk', () => [read(), read()])).toEqual(['nothing', 'nothing']);
  expect(reads).toBe(1);
  log.within('another walk', () => log.add(new Fault('hole', 'behind it')));
  expect(log.records.map(({ path }) => path)).toEqual([['task 7', 'environ'], ['another walk']]);
});

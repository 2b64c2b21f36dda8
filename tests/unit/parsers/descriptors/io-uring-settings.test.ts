import { expect, test } from 'vitest';
import {
  busyPollingLines,
  personalityLines,
  readBusyPolling,
} from '../../../../src/parsers/descriptors/io-uring-settings.js';
import { MadeDescriptors } from './made-descriptors.js';

function polling(members: Record<string, string>, values: Record<string, number>): string[] | null {
  const made = new MadeDescriptors();
  made.types.struct('io_ring_ctx', { flags: 'u32', ...members });
  const kernel = made.kernel();
  const read = readBusyPolling(kernel, made.make('io_ring_ctx', values));
  return read && [...busyPollingLines(kernel, read)];
}

const COMMON = { napi_list: 'list_head', napi_prefer_busy_poll: 'bool' };

test('no busy polling before 6.9', () => {
  expect(polling({}, {})).toBeNull();
});

test('in microseconds', () => {
  const members = { ...COMMON, napi_enabled: 'bool', napi_busy_poll_to: 'u32' };
  expect(polling(members, { napi_enabled: 1, napi_busy_poll_to: 70, napi_prefer_busy_poll: 1 })).toEqual([
    'NAPI:\tenabled',
    'napi_busy_poll_to:\t70',
    'napi_prefer_busy_poll:\ttrue',
  ]);
  expect(polling(members, { napi_busy_poll_to: 70 })).toEqual(['NAPI:\tdisabled']);
});

test.each([
  [
    0,
    [
      'NAPI:\tenabled',
      'napi tracking:\tdynamic',
      'napi_busy_poll_dt:\t5000',
      'napi_prefer_busy_poll:\tfalse',
    ],
  ],
  [
    1,
    ['NAPI:\tenabled', 'napi tracking:\tstatic', 'napi_busy_poll_dt:\t5000', 'napi_prefer_busy_poll:\tfalse'],
  ],
  [7, ['NAPI:\tunknown mode (7)']],
  [255, ['NAPI:\tdisabled']],
])('tracked as %i', (mode, lines) => {
  const members = { ...COMMON, napi_busy_poll_dt: 'i64', napi_track_mode: 'u8' };
  expect(polling(members, { napi_busy_poll_dt: 5000, napi_track_mode: mode })).toEqual(lines);
});

test('no credentials, no heading', () => {
  expect([...personalityLines([])]).toEqual([]);
});

import { describe, expect, test } from 'vitest';
import { dmesgText, kmsgRecord, kmsgText } from '../../../../src/parsers/system/dmesg-text.js';
import type { LogRecord } from '../../../../src/snapshot/system.js';

function record(text: string, rest: Partial<LogRecord> = {}): LogRecord {
  return {
    sequence: 339,
    timestamp: 5_140_900_999,
    level: 6,
    facility: 0,
    caller: 'T1',
    text,
    dictionary: [],
    ...rest,
  };
}

describe('the log as dmesg prints it', () => {
  test('a line', () => {
    expect(dmesgText([record('hello')])).toBe('[    5.140900] hello\n');
    expect(dmesgText([record('hello', { timestamp: '123456789012345678' })])).toBe(
      '[123456789.012345] hello\n',
    );
    expect(dmesgText([record('hello', { facility: 3, level: 4 })], { raw: true })).toBe(
      '<28>[    5.140900] hello\n',
    );
  });

  test('with facility and level', () => {
    const lines = dmesgText([record('a'), record('b', { facility: 17, level: 3 })], { decode: true });
    expect(lines).toBe('kern  :info  : [    5.140900] a\nlocal1:err   : [    5.140900] b\n');
  });

  test('further lines stand under the first', () => {
    expect(dmesgText([record('one\ntwo\n')])).toBe('[    5.140900] one\n               two\n\n');
  });

  test('an empty record is an empty line', () => {
    expect(dmesgText([record('')])).toBe('\n');
  });

  test('what cannot be printed is escaped, what can is not', () => {
    expect(dmesgText([record('a\u0007b\té')])).toBe('[    5.140900] a\\x07b\té\n');
    expect(dmesgText([record('caf\udce9 é')])).toBe('[    5.140900] caf\\xe9 é\n');
  });
});

describe('the log as /dev/kmsg gives it', () => {
  test('escapes all but printable ASCII', () => {
    expect(kmsgText(record('a\\b\né'))).toBe('a\\x5cb\\x0a\\xc3\\xa9');
    expect(kmsgText(record('caf\udce9\udcc3'))).toBe('caf\\xe9\\xc3');
  });

  test('a record with its dictionary', () => {
    const dictionary = ['SUBSYSTEM=acpi', 'DEVICE=+acpi:PNP0A08:00'];
    expect(kmsgRecord(record('x', { dictionary, facility: 1 }))).toBe(
      '14,339,5140900,-;x\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A08:00\n',
    );
  });
});

// printk's records as variable-length structs in log_buf: before the lockless ring buffer (kernel/printk/printk.c of
// 3.5 to 5.9). A record is struct printk_log, its text, and its dictionary; length 0 sends the reader back to the start.

import type { Kva } from '../../../base/address.js';
import { textOfBytes } from '../../../base/text.js';
import { wide } from '../../../snapshot/number.js';
import type { LogRecord } from '../../../snapshot/system.js';
import type { Kernel } from '../../kernel/kernel.js';
import { callerText, type LogReader } from './record.js';

const HEADER = {
  timestamp: 'ts_nsec',
  length: 'len',
  textLength: 'text_len',
  dictLength: 'dict_len',
  facility: 'facility',
  caller: 'caller_id?',
} as const;

interface Buffer {
  readonly start: Kva;
  readonly bytes: number;
  readonly headerBytes: number;
}

function readRecord(kernel: Kernel, buffer: Buffer, index: number, sequence: bigint): LogRecord {
  const { mem } = kernel;
  const at = kernel.layout('printk_log', HEADER);
  const record = (buffer.start + index) as Kva;
  const length = mem.u16(record, at.length);
  const textLength = mem.u16(record, at.textLength);
  const dictLength = mem.u16(record, at.dictLength);
  if (length < buffer.headerBytes + textLength + dictLength || index + length > buffer.bytes) {
    throw mem.fault('corrupt', `log record of ${length} bytes cannot hold its text`, record);
  }
  const text = mem.bytes(record, textLength, buffer.headerBytes);
  const dictionary = mem.bytes(record, dictLength, buffer.headerBytes + textLength);
  return {
    sequence: wide(sequence),
    timestamp: wide(mem.u64(record, at.timestamp)),
    // The bit-fields flags:5 and level:3 share the byte behind `facility`.
    level: mem.u8(record, at.facility + 1) >> 5,
    facility: mem.u8(record, at.facility),
    caller: at.caller === undefined ? null : callerText(mem.u32(record, at.caller)),
    text: textOfBytes(text),
    dictionary: textOfBytes(dictionary).split('\0').filter(Boolean),
  };
}

function* walk(kernel: Kernel): Generator<LogRecord> {
  const { mem } = kernel;
  const { length } = kernel.layout('printk_log', HEADER);
  const buffer: Buffer = {
    start: mem.ptr(kernel.symbol('log_buf')),
    bytes: mem.u32(kernel.symbol('log_buf_len')),
    headerBytes: kernel.sizeOf('printk_log'),
  };
  const end = mem.u64(kernel.symbol('log_next_seq'));
  let sequence = mem.u64(kernel.symbol('log_first_seq'));
  let index = mem.u32(kernel.symbol('log_first_idx'));
  const most = buffer.bytes / buffer.headerBytes;
  for (let n = 0; n < most && sequence < end; n++, sequence++) {
    if (index + buffer.headerBytes > buffer.bytes || mem.u16((buffer.start + index) as Kva, length) === 0)
      index = 0;
    yield readRecord(kernel, buffer, index, sequence);
    index += mem.u16((buffer.start + index) as Kva, length);
  }
}

/** Nothing behind a damaged record can be found: its length is what leads on. */
export const recordLog: LogReader = (kernel) => {
  const records: LogRecord[] = [];
  kernel.faults.guard(
    'log_buf',
    () => {
      for (const record of walk(kernel)) records.push(record);
    },
    undefined,
  );
  return records;
};

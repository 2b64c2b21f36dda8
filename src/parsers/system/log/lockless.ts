// printk's lockless ring buffer (kernel/printk/printk_ringbuffer.c): a ring of descriptors that hold a state and the
// text's place, a ring of infos beside it, and a ring of bytes for the texts. What a descriptor says counts only while
// its id is the one that was asked for; a text that does not fit before the ring's end lies at its start.

import type { Kva } from '../../../base/address.js';
import { textOfBytes } from '../../../base/text.js';
import { wide } from '../../../snapshot/number.js';
import type { LogRecord } from '../../../snapshot/system.js';
import type { Kernel } from '../../kernel/kernel.js';
import { callerText, type LogReader } from './record.js';

const RING = {
  countBits: 'desc_ring.count_bits',
  descs: 'desc_ring.descs',
  infos: 'desc_ring.infos',
  headId: 'desc_ring.head_id',
  tailId: 'desc_ring.tail_id',
  sizeBits: 'text_data_ring.size_bits',
  data: 'text_data_ring.data',
} as const;
const DESC = { state: 'state_var', begin: 'text_blk_lpos.begin', next: 'text_blk_lpos.next' } as const;
const INFO = {
  sequence: 'seq',
  timestamp: 'ts_nsec',
  textLength: 'text_len',
  facility: 'facility',
  caller: 'caller_id',
  subsystem: 'dev_info.subsystem',
  device: 'dev_info.device',
} as const;

/** desc_state in the top two bits of state_var, the id below. */
const ID_BITS = 62n;
const ID_MASK = (1n << ID_BITS) - 1n;
const RESERVED = 0;
const COMMITTED = 1;
const FINALIZED = 2;
/** LPOS_DATALESS: begin and next both odd mark a record without text. */
const DATALESS = 1n;
/** struct prb_data_block: the id of the descriptor stands before the text. */
const BLOCK_ID_BYTES = 8;
/** LOG_BUF_LEN_MAX is 2 GiB. */
const MAX_SIZE_BITS = 31;
/** PRB_AVGBITS: the kernel makes room for a record in each 32 bytes of text. */
const AVERAGE_BITS = 5;
/** With more bad records than this the ring is rubble; to read on would take for ever. */
const MAX_BAD = 1000;
const SUBSYSTEM_BYTES = 16;
const DEVICE_BYTES = 48;

interface Ring {
  readonly count: bigint;
  readonly descs: Kva;
  readonly infos: Kva;
  readonly sizeBits: bigint;
  readonly data: Kva;
  readonly tailId: bigint;
  /** Ids from the tail to the head, both included. */
  readonly ids: number;
}

function readRing(kernel: Kernel): Ring {
  const { mem } = kernel;
  const ring = mem.ptr(kernel.symbol('prb'));
  const at = kernel.layout('printk_ringbuffer', RING);
  const countBits = mem.u32(ring, at.countBits);
  const sizeBits = mem.u32(ring, at.sizeBits);
  if (sizeBits > MAX_SIZE_BITS || countBits + AVERAGE_BITS !== sizeBits) {
    throw mem.fault('corrupt', `ring buffer of 2^${countBits} records and 2^${sizeBits} bytes`, ring);
  }
  const count = 1n << BigInt(countBits);
  const tailId = mem.u64(ring, at.tailId) & ID_MASK;
  const span = ((mem.u64(ring, at.headId) - tailId) & ID_MASK) + 1n;
  if (span > count)
    kernel.faults.add(mem.fault('corrupt', `${span} records in a ring of ${count}`, ring, at.headId));
  return {
    count,
    descs: mem.ptr(ring, at.descs),
    infos: mem.ptr(ring, at.infos),
    sizeBits: BigInt(sizeBits),
    data: mem.ptr(ring, at.data),
    tailId,
    ids: Number(span > count ? count : span),
  };
}

/** Offset of a block in the text ring and its bytes; null for a record without text. */
function blockOf(
  ring: Ring,
  begin: bigint,
  next: bigint,
): { offset: number; bytes: number } | null | undefined {
  if (begin & next & DATALESS) return null;
  const size = 1n << ring.sizeBits;
  const from = Number(begin & (size - 1n));
  const to = Number(next & (size - 1n));
  const laps = (next >> ring.sizeBits) - (begin >> ring.sizeBits);
  if (laps === 0n && to > from) return { offset: from, bytes: to - from };
  // Just to the ring's end: allowed since 6.18, else such a block would have been placed at the start.
  if (laps === 1n && to === 0) return { offset: from, bytes: Number(size) - from };
  if (laps === 1n) return { offset: 0, bytes: to };
  return undefined;
}

function readText(kernel: Kernel, ring: Ring, desc: Kva, id: bigint, textLength: number): string {
  const { mem } = kernel;
  const at = kernel.layout('prb_desc', DESC);
  const block = blockOf(ring, mem.u64(desc, at.begin), mem.u64(desc, at.next));
  if (block === null) return '';
  if (block === undefined || block.bytes < BLOCK_ID_BYTES) {
    throw mem.fault('corrupt', 'the text of a log record has no possible place', desc, at.begin);
  }
  const start = (ring.data + block.offset) as Kva;
  if ((mem.u64(start) & ID_MASK) !== id)
    throw mem.fault('corrupt', 'the text of a log record was overwritten', start);
  return textOfBytes(mem.bytes(start, Math.min(textLength, block.bytes - BLOCK_ID_BYTES), BLOCK_ID_BYTES));
}

function dictionaryOf(subsystem: string, device: string): string[] {
  const pairs: string[] = [];
  if (subsystem !== '') pairs.push(`SUBSYSTEM=${subsystem}`);
  if (device !== '') pairs.push(`DEVICE=${device}`);
  return pairs;
}

/** Null for a descriptor that waits for a record, undefined for one that is another record's. */
function readRecord(kernel: Kernel, ring: Ring, id: bigint): LogRecord | null | undefined {
  const { mem } = kernel;
  const slot = Number(id % ring.count);
  const desc = (ring.descs + slot * kernel.sizeOf('prb_desc')) as Kva;
  const state = mem.u64(desc, kernel.layout('prb_desc', DESC).state);
  const kind = Number(state >> ID_BITS);
  if ((state & ID_MASK) !== id) return undefined;
  if (kind === RESERVED) throw mem.fault('corrupt', 'a log record was being written at death', desc);
  if (kind !== COMMITTED && kind !== FINALIZED) return null;
  const info = (ring.infos + slot * kernel.sizeOf('printk_info')) as Kva;
  const at = kernel.layout('printk_info', INFO);
  return {
    sequence: wide(mem.u64(info, at.sequence)),
    timestamp: wide(mem.u64(info, at.timestamp)),
    // The bit-fields flags:5 and level:3 share the byte behind `facility`.
    level: mem.u8(info, at.facility + 1) >> 5,
    facility: mem.u8(info, at.facility),
    caller: callerText(mem.u32(info, at.caller)),
    text: readText(kernel, ring, desc, id, mem.u16(info, at.textLength)),
    dictionary: dictionaryOf(
      mem.cstr(info, at.subsystem, SUBSYSTEM_BYTES),
      mem.cstr(info, at.device, DEVICE_BYTES),
    ),
  };
}

export const locklessLog: LogReader = (kernel) => {
  const records: LogRecord[] = [];
  const ring = kernel.faults.guard('printk ring buffer', () => readRing(kernel), null);
  if (ring === null) return records;
  const before = kernel.faults.count;
  let lost = 0;
  for (let n = 0; n < ring.ids && kernel.faults.count - before < MAX_BAD; n++) {
    const id = (ring.tailId + BigInt(n)) & ID_MASK;
    const record = kernel.faults.guard(`log record ${n}`, () => readRecord(kernel, ring, id), null);
    if (record) records.push(record);
    if (record === undefined) lost++;
  }
  if (lost > 0) {
    const detail = `${lost} descriptors of the log are not of the records that should be there`;
    kernel.faults.add(kernel.mem.fault('corrupt', detail, ring.descs));
  }
  return records;
};

// An executor's journal as a file: header and entries (docs/plan-format.md). It may end in the middle of an entry: the
// executor died while it wrote.

import { crc32 } from 'node:zlib';
import { PlanFormatError } from '../abi/error.js';
import {
  JOURNAL_ENTRY_BYTES,
  JOURNAL_HEADER_BYTES,
  type JournalEntry,
  type JournalHeader,
  readJournalEntry,
  readJournalHeader,
  writeJournalEntry,
  writeJournalHeader,
} from '../abi/records/steps.js';
import { JOURNAL_VERSION } from '../abi/schema/steps.js';
import { Sink } from '../abi/sink.js';
import { Source } from '../abi/source.js';

export const JOURNAL_MAGIC = 'OWJRNL\r\n';
const CHECKSUM_AT = JOURNAL_ENTRY_BYTES - 4;
const HINT = 'A journal is what the resurrector left behind; see docs/plan-format.md.';

export type Entry = Omit<JournalEntry, 'checksum'>;

export interface Journal {
  /** CRC-32 of the plan that was executed. */
  readonly planChecksum: number;
  /** CLOCK_BOOTTIME of the crash kernel, nanoseconds. */
  readonly started: bigint;
  readonly executor: string;
  readonly entries: readonly Entry[];
  /** Bytes behind the last whole entry. */
  readonly torn: number;
}

/** Throws PlanFormatError. */
export function decodeJournal(bytes: Uint8Array, name: string): Journal {
  const header = headerOf(bytes, name);
  const body = bytes.length - JOURNAL_HEADER_BYTES;
  const count = Math.floor(body / JOURNAL_ENTRY_BYTES);
  const source = new Source(bytes, name, null);
  const entries: Entry[] = [];
  for (let index = 0; index < count; index++) {
    const at = JOURNAL_HEADER_BYTES + index * JOURNAL_ENTRY_BYTES;
    const { checksum, ...entry } = readJournalEntry(source, at / 4);
    if (checksum !== entryChecksum(bytes.subarray(at, at + JOURNAL_ENTRY_BYTES))) {
      throw new PlanFormatError(`${name}: entry ${index} of the journal has a wrong checksum`, HINT);
    }
    entries.push(entry);
  }
  return {
    planChecksum: header.planChecksum,
    started: header.started,
    executor: Buffer.from(header.executor).toString().replace(/\0.*$/s, ''),
    entries,
    torn: body - count * JOURNAL_ENTRY_BYTES,
  };
}

export function encodeJournal({ planChecksum, started, executor, entries }: Journal): Uint8Array {
  const bytes = new Uint8Array(JOURNAL_HEADER_BYTES + entries.length * JOURNAL_ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  const sink = new Sink([], new Map());
  const name = new Uint8Array(64);
  name.set(Buffer.from(executor).subarray(0, 63));
  writeJournalHeader(sink, view, 0, {
    magic: Buffer.from(JOURNAL_MAGIC, 'latin1'),
    version: JOURNAL_VERSION,
    entryBytes: JOURNAL_ENTRY_BYTES,
    planChecksum,
    started,
    executor: name,
  });
  for (const [index, entry] of entries.entries()) {
    const at = JOURNAL_HEADER_BYTES + index * JOURNAL_ENTRY_BYTES;
    writeJournalEntry(sink, view, at, { ...entry, checksum: 0 });
    const checksum = entryChecksum(bytes.subarray(at, at + JOURNAL_ENTRY_BYTES));
    view.setUint32(at + CHECKSUM_AT, checksum, true);
  }
  return bytes;
}

function headerOf(bytes: Uint8Array, name: string): JournalHeader {
  const magic = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(8, bytes.length)).toString('latin1');
  if (magic !== JOURNAL_MAGIC) throw new PlanFormatError(`${name} is no journal of a resurrection`, HINT);
  if (bytes.length < JOURNAL_HEADER_BYTES) {
    throw new PlanFormatError(`${name}: the journal ends within its header`, HINT);
  }
  const header = readJournalHeader(new Source(bytes, name, null), 0);
  if (header.version !== JOURNAL_VERSION) {
    const hint = 'Use the program that came with the resurrector that wrote it.';
    throw new PlanFormatError(
      `${name}: a journal of version ${header.version}, not ${JOURNAL_VERSION}`,
      hint,
    );
  }
  if (header.entryBytes !== JOURNAL_ENTRY_BYTES) {
    throw new PlanFormatError(`${name}: entries of ${header.entryBytes} bytes`, HINT);
  }
  return header;
}

/** With the checksum's own bytes zero. */
function entryChecksum(entry: Uint8Array): number {
  return crc32(new Uint8Array(4), crc32(entry.subarray(0, CHECKSUM_AT)));
}

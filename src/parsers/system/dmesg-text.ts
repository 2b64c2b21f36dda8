// Log records as text: what dmesg(1) of util-linux prints, and what /dev/kmsg gives.

import { bytesOfText } from '../../base/text.js';
import type { LogRecord } from '../../snapshot/system.js';

export interface DmesgOptions {
  /** As `dmesg -r`: the priority in front. */
  readonly raw?: boolean;
  /** As `dmesg -x`: facility and level by name. */
  readonly decode?: boolean;
}

const NS_PER_US = 1000n;
const US_PER_S = 1_000_000n;
/** What neither isprint() nor isspace() accepts. */
const UNPRINTABLE = /(?!\s)[\p{Cc}\p{Cn}\p{Cs}\p{Co}]/gu;
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
const FACILITIES = 'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp'.split(' ');
/** LOG_LOCAL0 … LOG_LOCAL7. */
const LOCAL = 16;
const NAME_WIDTH = 6;

/** `[    0.000000] `: microseconds cut, not rounded. */
export function timestampText(nanoseconds: LogRecord['timestamp']): string {
  const us = BigInt(nanoseconds) / NS_PER_US;
  return `[${String(us / US_PER_S).padStart(5)}.${String(us % US_PER_S).padStart(6, '0')}] `;
}

function escapeBytes(text: string): string {
  return Array.from(bytesOfText(text), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

function priority(record: LogRecord): number {
  return (record.facility << 3) | record.level;
}

function facilityName(facility: number): string | undefined {
  return facility >= LOCAL && facility < LOCAL + 8 ? `local${facility - LOCAL}` : FACILITIES[facility];
}

function prefixOf(record: LogRecord, options: DmesgOptions): string {
  const stamp = timestampText(record.timestamp);
  if (options.raw) return `<${priority(record)}>${stamp}`;
  const facility = facilityName(record.facility);
  if (!options.decode || facility === undefined) return stamp;
  return `${facility.padEnd(NAME_WIDTH)}:${(LEVELS[record.level] ?? '').padEnd(NAME_WIDTH)}: ${stamp}`;
}

/** The lines of one record: the second and later ones are indented to the first one's text. */
function recordLines(record: LogRecord, options: DmesgOptions): string[] {
  if (record.text === '') return [''];
  const prefix = prefixOf(record, options);
  const [first = '', ...more] = record.text.replace(UNPRINTABLE, escapeBytes).split('\n');
  const indent = ' '.repeat(prefix.length);
  return [
    prefix + first,
    ...more.map((line, n) => (line === '' && n === more.length - 1 ? '' : indent + line)),
  ];
}

/** The log as dmesg(1) prints it, line by line. */
export function* dmesgLines(records: Iterable<LogRecord>, options: DmesgOptions = {}): Generator<string> {
  for (const record of records) yield* recordLines(record, options);
}

/** The log as dmesg(1) prints it. */
export function dmesgText(records: Iterable<LogRecord>, options: DmesgOptions = {}): string {
  return Array.from(dmesgLines(records, options), (line) => `${line}\n`).join('');
}

function escapeForKmsg(text: string): string {
  return text.replace(/[^ -~]|\\/gu, escapeBytes);
}

/** A record's text as /dev/kmsg escapes it. */
export function kmsgText(record: LogRecord): string {
  return escapeForKmsg(record.text);
}

/** A record as a read of /dev/kmsg gives it: `6,339,5140900,-;text`, ` SUBSYSTEM=…` lines behind. */
export function kmsgRecord(record: LogRecord): string {
  const us = BigInt(record.timestamp) / NS_PER_US;
  const pairs = record.dictionary.map((pair) => ` ${escapeForKmsg(pair)}\n`).join('');
  return `${priority(record)},${record.sequence},${us},-;${kmsgText(record)}\n${pairs}`;
}

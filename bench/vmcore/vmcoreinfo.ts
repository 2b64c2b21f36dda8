// The VMCOREINFO text that every kernel with crash support keeps in a page of its own (kernel/vmcore_info.c).

import { BenchError } from '../error.js';
import type { RawDump } from './raw.js';

const PAGE = 4096;
const CHUNK = 4 << 20;
const FIRST_LINE = Buffer.from('OSRELEASE=');

export class VmcoreInfo {
  private readonly values = new Map<string, string>();

  constructor(readonly text: string) {
    for (const line of text.split('\n')) {
      const equals = line.indexOf('=');
      if (equals > 0) this.values.set(line.slice(0, equals), line.slice(equals + 1));
    }
  }

  get release(): string {
    return this.string('OSRELEASE');
  }

  /** Absent before 5.9, which Debian backported to none. */
  get buildId(): string | undefined {
    return this.values.get('BUILD-ID');
  }

  string(key: string): string {
    const value = this.values.get(key);
    if (value === undefined)
      throw new BenchError(`the VMCOREINFO of ${this.values.get('OSRELEASE')} has no ${key}`);
    return value;
  }

  hex(key: string): bigint {
    return BigInt(`0x${this.string(key)}`);
  }

  decimal(key: string): bigint {
    return BigInt(this.string(key));
  }

  get fiveLevels(): boolean {
    return this.values.get('NUMBER(pgtable_l5_enabled)') === '1';
  }
}

/** Every page of the dump that begins like VMCOREINFO; a copy in somebody's buffer would be one too. */
export function* findVmcoreInfo(dump: RawDump): Generator<VmcoreInfo> {
  const chunk = Buffer.alloc(CHUNK);
  for (let offset = 0; offset < dump.bytes; offset += CHUNK) {
    dump.readAt(offset, chunk);
    for (let page = 0; page < CHUNK; page += PAGE) {
      if (chunk[page] !== FIRST_LINE[0]) continue;
      if (!chunk.subarray(page, page + FIRST_LINE.length).equals(FIRST_LINE)) continue;
      const text = textAt(chunk.subarray(page, page + PAGE));
      if (text.includes('\nSYMBOL(swapper_pg_dir)=')) yield new VmcoreInfo(text);
    }
  }
}

function textAt(page: Buffer): string {
  const end = page.indexOf(0);
  return page.toString('latin1', 0, end < 0 ? page.length : end);
}

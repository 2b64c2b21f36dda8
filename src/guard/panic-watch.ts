// Notices a panic in the RAM file itself: otherworld.ko has an area there whose state says so (kernel/uapi/panic_area.h),
// a second or more before the crash kernel can speak. Where the module is not loaded there is none, and the guard waits
// for the crash kernel's hello.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  AREA,
  AREA_BYTES,
  PANIC_MAGIC,
  PANIC_STATE,
  PANIC_VERSION,
  panicSum,
} from '../parsers/panic-area/layout.js';

export interface PanicEvents {
  /** The area was found, at this offset of the RAM file. */
  readonly onFound?: (offset: number) => void;
  /** All of the RAM was searched for the first time, and there is none. */
  readonly onNone?: () => void;
  /** The kernel has panicked. */
  readonly onPanic: () => void;
  /** Nothing of it runs any more. */
  readonly onLeft: () => void;
}

const PAGE = 4096;
const CHUNK = 4 << 20;
/** Searched in one go: what comes over the port, and signals, wait for so long. */
const SLICE = 64 << 20;
const LOOK_MILLISECONDS = 10;
/** A search is as long as the RAM is large: at most this part of the time goes to it, once it has been in vain for long. */
const SEARCH_SHARE = 1 / 30;
const LEAST_PAUSE_MILLISECONDS = 1000;

/** Owns the RAM file's descriptor while it watches. */
export class PanicWatch {
  private readonly fd: number;
  private readonly header = Buffer.alloc(AREA_BYTES);
  private timer: NodeJS.Timeout | undefined;
  private area: number | null = null;
  private panicked = false;
  /** How far a search has come, and the milliseconds that it took. */
  private at = 0;
  private spent = 0;
  private searched = false;
  private readonly began = Date.now();

  /** Begins at once. */
  constructor(
    ram: string,
    private readonly events: PanicEvents,
  ) {
    this.fd = openSync(ram, 'r');
    this.timer = setTimeout(() => this.look(), 0);
  }

  /** For whoever knows where it is (the module tells its physical address). Below a hole in memory, that is the offset. */
  tell(physical: number): void {
    if (this.timer === undefined || this.area !== null || !this.isArea(physical)) return;
    this.found(physical);
  }

  stop(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    closeSync(this.fd);
  }

  private look(): void {
    if (this.timer === undefined) return;
    if (this.area === null) this.searchOn();
    else this.poll(this.area);
  }

  /** A slice of the RAM; after the last one a pause. */
  private searchOn(): void {
    const began = Date.now();
    const offset = this.search();
    if (offset !== null) {
      this.found(offset);
      return;
    }
    this.spent += Date.now() - began;
    const isAll = this.at === 0;
    // A machine that was just started is armed soon.
    const longest = Math.min(this.spent / SEARCH_SHARE, Date.now() - this.began);
    const pause = isAll ? Math.max(LEAST_PAUSE_MILLISECONDS, longest) : 0;
    this.timer = setTimeout(() => this.look(), pause);
    if (!isAll) return;
    this.spent = 0;
    if (!this.searched) this.events.onNone?.();
    this.searched = true;
  }

  private found(offset: number): void {
    clearTimeout(this.timer);
    this.area = offset;
    this.at = this.spent = 0;
    this.events.onFound?.(offset);
    if (this.timer === undefined) return;
    this.timer = setTimeout(() => this.look(), 0);
  }

  private poll(offset: number): void {
    // It is gone where the module was unloaded.
    if (!this.isArea(offset)) this.area = null;
    const state = this.area === null ? PANIC_STATE.off : this.header.readUInt32LE(AREA.state);
    if (state >= PANIC_STATE.saving && !this.panicked) {
      this.panicked = true;
      this.events.onPanic();
      // Whoever was told may have had enough.
      if (this.timer === undefined) return;
    }
    if (state === PANIC_STATE.left) {
      this.stop();
      this.events.onLeft();
    } else {
      this.timer = setTimeout(() => this.look(), LOOK_MILLISECONDS);
    }
  }

  /** Offset of an area in the next slice whose kernel lives; those of dead ones are of no concern. */
  private search(): number | null {
    const chunk = Buffer.alloc(CHUNK);
    const { size } = fstatSync(this.fd);
    const end = Math.min(size, this.at + SLICE);
    for (let at = this.at; at < end; at += CHUNK) {
      const got = readSync(this.fd, chunk, 0, CHUNK, at);
      for (let page = 0; page < got; page += PAGE) {
        // 'O' first: comparing strings for every page would take as long as reading them.
        if (chunk[page] !== 0x4f || chunk.toString('latin1', page, page + 8) !== PANIC_MAGIC) continue;
        if (this.isArea(at + page) && this.header.readUInt32LE(AREA.state) === PANIC_STATE.armed)
          return at + page;
      }
    }
    this.at = end < size ? end : 0;
    return null;
  }

  private isArea(offset: number): boolean {
    const { header } = this;
    if (readSync(this.fd, header, 0, AREA_BYTES, offset) !== AREA_BYTES) return false;
    return (
      header.toString('latin1', 0, PANIC_MAGIC.length) === PANIC_MAGIC &&
      header.readUInt32LE(AREA.version) === PANIC_VERSION &&
      header.readUInt32LE(AREA.sum) === panicSum(header.subarray(AREA.bytes, AREA.state))
    );
  }
}

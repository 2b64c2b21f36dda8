// The area in which otherworld.ko saved what the CPUs held when the kernel panicked (kernel/uapi/panic_area.h): its header,
// and where its slots are.

import type { Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import { textOfBytes } from '../../base/text.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import {
  AREA,
  AREA_BYTES,
  CLOCKS,
  PANIC_MAGIC,
  PANIC_VERSION,
  panicSum,
  RELEASE_BYTES,
  VECTORS_OFFSET,
  XSAVE_FORMAT,
} from './layout.js';

/** Largest CONFIG_NR_CPUS of x86-64. */
const MAX_CPUS = 8192;
/** As much as AMX needs, and as much again. */
const MAX_VECTORS = 32 << 10;
const ALIGNMENT = 64;
const PAGE = 4096;

/** Nanoseconds of the kernel's clocks. */
export interface PanicClocks {
  readonly monotonic: bigint;
  readonly boottime: bigint;
  readonly realtime: bigint;
}

export interface PanicArea {
  readonly physical: Phys;
  /** The same in its kernel's direct map: all 64 bits. */
  readonly address: bigint;
  /** Bytes of the whole area. */
  readonly bytes: number;
  /** PANIC_STATE; what follows is as of the moment of reading. */
  readonly state: number;
  /** -1 while nobody has panicked. */
  readonly panicCpu: number;
  readonly panicked: PanicClocks;
  readonly left: PanicClocks;
  readonly release: string;
  readonly slotsOffset: number;
  readonly slotBytes: number;
  readonly slots: number;
  /** XSAVE_FORMAT. */
  readonly xsaveFormat: number;
}

export function hasMagic(bytes: Uint8Array, at = 0): boolean {
  for (let n = 0; n < PANIC_MAGIC.length; n++) {
    if (bytes[at + n] !== PANIC_MAGIC.charCodeAt(n)) return false;
  }
  return true;
}

/** The area whose header stands at a physical address; a fault where there is none, or it contradicts itself. */
export function readPanicArea(memory: PhysicalMemory, at: Phys): PanicArea {
  const bytes = memory.bytes(at, AREA_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const refuse = (why: string): never => {
    throw new Fault('corrupt', `panic area: ${why}`, 'physical', at);
  };
  if (!hasMagic(bytes)) refuse('no magic');
  const version = view.getUint32(AREA.version, true);
  if (version !== PANIC_VERSION)
    throw new Fault('unknown', `panic area of version ${version}`, 'physical', at);
  if (view.getUint32(AREA.sum, true) !== panicSum(bytes.subarray(AREA.bytes, AREA.state)))
    refuse('its checksum is wrong');
  if (view.getBigUint64(AREA.physical, true) !== BigInt(at)) refuse('a copy: it says it is elsewhere');
  const area = decode(view, at);
  const problem = problemOf(area, view.getUint32(AREA.xsave_bytes, true));
  return problem === null ? area : refuse(problem);
}

function decode(view: DataView, physical: Phys): PanicArea {
  const u32 = (name: keyof typeof AREA) => view.getUint32(AREA[name], true);
  const clocks = (name: 'panicked' | 'left'): PanicClocks => {
    const word = (clock: keyof typeof CLOCKS) => view.getBigUint64(AREA[name] + CLOCKS[clock], true);
    return { monotonic: word('monotonic'), boottime: word('boottime'), realtime: word('realtime') };
  };
  const release = new Uint8Array(view.buffer, view.byteOffset + AREA.release, RELEASE_BYTES);
  const end = release.indexOf(0);
  return {
    physical,
    address: view.getBigUint64(AREA.address, true),
    bytes: Number(view.getBigUint64(AREA.bytes, true)),
    state: u32('state'),
    panicCpu: view.getInt32(AREA.panic_cpu, true),
    panicked: clocks('panicked'),
    left: clocks('left'),
    release: textOfBytes(release.subarray(0, end < 0 ? RELEASE_BYTES : end)),
    slotsOffset: u32('slots_offset'),
    slotBytes: u32('slot_bytes'),
    slots: u32('slots'),
    xsaveFormat: u32('xsave_format'),
  };
}

function problemOf(area: PanicArea, xsaveBytes: number): string | null {
  const { slots, slotBytes, slotsOffset, bytes, xsaveFormat } = area;
  if (slots === 0 || slots > MAX_CPUS) return `${slots} CPUs`;
  if (xsaveBytes > MAX_VECTORS) return `${xsaveBytes} bytes of vector registers`;
  if (slotBytes < VECTORS_OFFSET + xsaveBytes || slotBytes > VECTORS_OFFSET + MAX_VECTORS + ALIGNMENT)
    return `slots of ${slotBytes} bytes`;
  if (slotBytes % ALIGNMENT !== 0 || slotsOffset % ALIGNMENT !== 0) return 'slots that are not aligned';
  if (slotsOffset < AREA_BYTES || slotsOffset > PAGE) return `slots from byte ${slotsOffset} on`;
  if (bytes < slotsOffset + slots * slotBytes) return `${slots} slots in ${bytes} bytes`;
  if (!Object.values<number>(XSAVE_FORMAT).includes(xsaveFormat))
    return `vector registers of format ${xsaveFormat}`;
  return null;
}

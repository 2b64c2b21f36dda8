// A task's vector registers, out of the FXSAVE or XSAVE area that the kernel keeps for it (Intel SDM vol. 1, 10.5 and
// 13.4; arch/x86/kernel/fpu). A component in its initial configuration is not in the area; it reads as the processor
// would set it.

import { hex, type Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import { contents } from '../../snapshot/bytes.js';
import type { Task } from '../../snapshot/task.js';
import type { FpuState, X87State, XsaveComponent } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { CPU_FEATURE, hasCpuFeature } from './cpu-features.js';
import { type FpuArea, fpuArea, registersInCpu } from './fpu-area.js';
import { taskPkru } from './pkru.js';
import type { SavedThread } from './saved-at-panic.js';
import { VectorArea } from './vector-area.js';
import {
  EXTENDED,
  FEATURE,
  FEATURE_NAMES,
  isCompacted,
  LEGACY_BYTES,
  xsaveFeatures,
} from './xsave-layout.js';

const XSTATE_BV = 512;
const XCOMP_BV = 520;
/** As much as AMX needs, and as much again. */
const MAX_BYTES = 32 << 10;
/** Offsets in the legacy area; FCW, FSW, FTW, FOP and the pointers stand at its start. */
const MXCSR = 24;
const ST = 32;
const ST_BYTES = 16;
const INITIAL_FCW = 0x37f;
const INITIAL_MXCSR = 0x1f80;

/** The bytes of an area, and where they were. */
interface Found {
  readonly source: FpuState['source'];
  readonly at: Kva;
  readonly bytes: Uint8Array;
  /** XSAVE's, not FXSAVE's. */
  readonly xsave: boolean;
}

/** The registers themselves are made texts of when they are asked for: a plan takes the area as it is. */
export function readFpu(kernel: Kernel, task: Task, address: Kva, saved: SavedThread | null): FpuState {
  const found = (saved && savedArea(kernel, saved)) ?? ownArea(kernel, address);
  const { bytes, xsave } = found;
  const area = new VectorArea(bytes, xsave ? xsaveFeatures(kernel) : [], header(bytes, xsave));
  return {
    format: !xsave ? 'fxsave' : isCompacted(area.xcompBv) ? 'xsave compacted' : 'xsave',
    source: found.source,
    inCpu: task.onCpu && inCpu(kernel, address, saved),
    address: kernel.mem.hex(found.at),
    xfeatures: xsave ? hex(area.xstateBv) : null,
    xcompBv: xsave ? hex(area.xcompBv) : null,
    raw: contents(bytes.subarray(0, usedBytes(area, bytes.length))),
    get components() {
      return components(area);
    },
    get x87() {
      return x87(area);
    },
    get mxcsr() {
      return mxcsr(area);
    },
    get vectors() {
      return area.vectors();
    },
    get opmask() {
      return area.opmasks();
    },
    pkru: saved?.pkru ?? taskPkru(kernel, address, area),
  };
}

function inCpu(kernel: Kernel, address: Kva, saved: SavedThread | null): boolean {
  return saved === null ? registersInCpu(kernel, address) : saved.vectors === 'unknown';
}

function ownArea(kernel: Kernel, task: Kva): Found {
  const place = kernel.trait(fpuArea)(kernel, task);
  const xsave = hasCpuFeature(kernel, CPU_FEATURE.xsave);
  const bytes = kernel.mem.bytes(place.registers, areaBytes(kernel, place, xsave));
  return { source: 'fpstate', at: place.registers, bytes, xsave };
}

/** Null where the thread's own area is newer, or nothing better is known. */
function savedArea({ mem }: Kernel, { vectors }: SavedThread): Found | null {
  if (typeof vectors === 'string') return null;
  const { bytes, xsave, physical } = vectors;
  const least = xsave ? EXTENDED : LEGACY_BYTES;
  if (bytes.length < least)
    throw new Fault('corrupt', `vector registers in ${bytes.length} bytes`, 'physical', physical);
  return { source: 'saved at panic', at: mem.directAddress(physical), bytes, xsave };
}

function areaBytes(kernel: Kernel, { size }: FpuArea, xsave: boolean): number {
  if (!xsave) return LEGACY_BYTES;
  const bytes = size ?? kernel.mem.u32(kernel.symbol('fpu_kernel_xstate_size'));
  if (bytes < EXTENDED || bytes > MAX_BYTES) {
    throw new Fault('corrupt', `an XSAVE area of ${bytes} bytes`);
  }
  return bytes;
}

/** FXSAVE has no header, and both of its components always. */
function header(bytes: Uint8Array, xsave: boolean): { xstateBv: bigint; xcompBv: bigint } {
  if (!xsave) return { xstateBv: 3n, xcompBv: 0n };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { xstateBv: view.getBigUint64(XSTATE_BV, true), xcompBv: view.getBigUint64(XCOMP_BV, true) };
}

/** Legacy area and header, and the components that are in use. */
function usedBytes(area: VectorArea, bytes: number): number {
  const ends = area.features.map((feature, number) => {
    const at = number > FEATURE.sse && area.has(number) ? area.offset(number) : null;
    return at === null ? 0 : at + feature.size;
  });
  return Math.max(Math.min(EXTENDED, bytes), ...ends);
}

/** Sizes of x87 and SSE state in the legacy area. */
const X87_BYTES = 160;
const SSE_BYTES = 256;

function components(area: VectorArea): XsaveComponent[] {
  const legacy = [X87_BYTES, SSE_BYTES];
  return FEATURE_NAMES.flatMap((name, feature) => {
    const size = legacy[feature] ?? area.features[feature]?.size ?? 0;
    if (size === 0) return [];
    const initial = !area.has(feature);
    return [{ feature, name, initial, offset: area.offset(feature), size }];
  });
}

function x87(area: VectorArea): X87State {
  const view = area.view;
  const known = area.has(FEATURE.x87);
  const word = (at: number, initial = 0) => (known ? view.getUint16(at, true) : initial);
  const long = (at: number) => hex(known ? view.getBigUint64(at, true) : 0n);
  const st = Array.from({ length: 8 }, (_, n) =>
    known ? area.digits(ST + n * ST_BYTES, 10) : '0'.repeat(20),
  );
  return {
    cwd: word(0, INITIAL_FCW),
    swd: word(2),
    twd: word(4) & 0xff,
    fop: word(6),
    rip: long(8),
    rdp: long(16),
    st,
  };
}

/** XSAVES leaves an initial MXCSR out with SSE; the standard format always has it. */
function mxcsr(area: VectorArea): number {
  const known = area.has(FEATURE.sse) || !isCompacted(area.xcompBv);
  return known ? area.view.getUint32(MXCSR, true) : INITIAL_MXCSR;
}

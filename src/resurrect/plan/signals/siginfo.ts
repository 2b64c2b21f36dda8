// siginfo_t as rt_tgsigqueueinfo(2) takes it: 128 bytes, its union laid out as si_code decides (include/uapi/asm-generic/
// siginfo.h, 64-bit).

import type { SignalDetail, SignalInfo } from '../../../snapshot/signals.js';
import { big } from '../numbers.js';

const BYTES = 128;
/** The union, aligned to pointers. */
const UNION = 16;
/** si_code of faults whose union has more than the address. */
const [SIGBUS, SIGSEGV, SIGTRAP] = [7, 11, 5];
const [BUS_MCEERR_AR, BUS_MCEERR_AO, SEGV_BNDERR, SEGV_PKUERR, TRAP_PERF] = [4, 5, 3, 4, 6];

/** Offset in the union, bytes, value. */
type Part = readonly [number, 2 | 4 | 8, Parameters<typeof big>[0]];

export function siginfoBytes(signal: number, { code, errno, detail }: SignalInfo): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, signal, true);
  view.setInt32(4, errno, true);
  view.setInt32(8, code, true);
  const parts = detail.layout === 'fault' ? faultParts(signal, code, detail) : unionParts(detail);
  for (const [at, size, value] of parts) {
    const word = BigInt.asUintN(64, big(value));
    for (let n = 0; n < size; n++) view.setUint8(UNION + at + n, Number((word >> BigInt(n * 8)) & 0xffn));
  }
  return bytes;
}

type Fault = Extract<SignalDetail, { layout: 'fault' }>;

function unionParts(detail: Exclude<SignalDetail, Fault>): readonly Part[] {
  switch (detail.layout) {
    case 'kill':
      return sender(detail);
    case 'rt':
      return [...sender(detail), [8, 8, detail.value]];
    case 'timer':
      return [
        [0, 4, detail.timer],
        [4, 4, detail.overrun],
        [8, 8, detail.value],
      ];
    case 'poll':
      return [
        [0, 8, detail.band],
        [8, 4, detail.fd],
      ];
    case 'child':
      return [...sender(detail), [8, 4, detail.status], [16, 8, detail.utime], [24, 8, detail.stime]];
    case 'sys':
      return [
        [0, 8, detail.callAddress],
        [8, 4, detail.syscall],
        [12, 4, detail.arch],
      ];
  }
}

function sender({ pid, uid }: { readonly pid: number; readonly uid: number }): readonly Part[] {
  return [
    [0, 4, pid],
    [4, 4, uid],
  ];
}

/** Behind the address stands what the code says: how much is lost, bounds, a protection key, perf's data. */
function faultParts(signal: number, code: number, fault: Fault): readonly Part[] {
  const parts: Part[] = [[0, 8, fault.address]];
  if (signal === SIGBUS && (code === BUS_MCEERR_AR || code === BUS_MCEERR_AO)) {
    parts.push([8, 2, fault.addressLsb ?? 0]);
  }
  if (signal === SIGSEGV && code === SEGV_BNDERR) {
    parts.push([16, 8, fault.lower ?? 0], [24, 8, fault.upper ?? 0]);
  }
  if (signal === SIGSEGV && code === SEGV_PKUERR) parts.push([16, 4, fault.protectionKey ?? 0]);
  if (signal === SIGTRAP && code === TRAP_PERF && fault.perf !== undefined) {
    parts.push([8, 8, fault.perf.data], [16, 4, fault.perf.type], [20, 4, fault.perf.flags]);
  }
  return parts;
}

// Whose plan it is: identity of the dead kernel, its clocks at death, its RAM.

import type { Snapshot } from '../../snapshot/snapshot.js';
import type { PlanHeader } from '../abi/plan.js';
import { FEATURE } from '../abi/records/container.js';
import type { IdentityPage, RamRange, Reservation } from '../abi/records/memory.js';
import { unsigned } from './numbers.js';

const RELEASE_BYTES = 64;
const BUILD_ID_BYTES = 20;
const IDENTITY_BYTES = 32;

export function planHeader({ kernel, system: { clock } }: Snapshot, digests: boolean): PlanHeader {
  return {
    hints: 0n,
    features: digests ? BigInt(FEATURE.digests) : 0n,
    release: padded(Buffer.from(kernel.release), RELEASE_BYTES),
    buildId: padded(Buffer.from(kernel.buildId ?? '', 'hex'), BUILD_ID_BYTES),
    pagingLevels: kernel.pagingLevels,
    kaslrOffset: kernel.kaslrOffset,
    physBase: BigInt(kernel.physBase),
    panicRealtime: unsigned(clock.realtimeNs ?? 0),
    panicMonotonic: unsigned(clock.monotonicNs ?? 0),
    panicBoottime: unsigned(clock.boottimeNs ?? 0),
    identity: padded(Buffer.from(kernel.identity, 'hex'), IDENTITY_BYTES),
  };
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const field = new Uint8Array(length);
  field.set(bytes.subarray(0, length));
  return field;
}

/** None in a snapshot of an earlier release. */
export function identityPages({ kernel }: Snapshot): readonly IdentityPage[] {
  return (kernel.identityPages ?? []).map((address) => ({ address }));
}

export function ramRanges({ kernel }: Snapshot): readonly RamRange[] {
  return kernel.ram.map(({ start, end }) => ({ start, end }));
}

export function reservations({ system }: Snapshot): readonly Reservation[] {
  return system.crashReservations.map(({ start, end }) => ({ start, end }));
}

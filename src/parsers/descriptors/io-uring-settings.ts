// How an io_uring instance is set up by io_uring_register(2): credentials (io_uring/register.c) and busy polling
// (io_uring/napi.c); and what fdinfo says of them (io_uring/fdinfo.c).

import type { Kva } from '../../base/address.js';
import type { RingBusyPolling, RingPersonality } from '../../snapshot/descriptor.js';
import type { Credentials } from '../../snapshot/task.js';
import type { Kernel } from '../kernel/kernel.js';
import { readCredentials } from '../tasks/credentials.js';
import { forEachXArrayEntry } from '../walks/xarray.js';

const CONTEXT = { personalities: 'personalities?' } as const;
const POLLING = {
  list: 'napi_list?',
  tracking: 'napi_track_mode?',
  enabled: 'napi_enabled?',
  time: 'napi_busy_poll_dt?',
  microseconds: 'napi_busy_poll_to?',
  preferred: 'napi_prefer_busy_poll?',
} as const;
/** IO_URING_NAPI_TRACKING_*. */
const [INACTIVE, TRACKINGS] = [255, ['dynamic', 'static']] as const;

export function readPersonalities(kernel: Kernel, context: Kva): RingPersonality[] {
  const array = kernel.layout('io_ring_ctx', CONTEXT).personalities;
  const found: RingPersonality[] = [];
  if (array === undefined) return found;
  forEachXArrayEntry(kernel, (context + array) as Kva, (id, cred) => {
    const credentials = kernel.faults.guard('credentials', () => readCredentials(kernel, cred), null);
    if (credentials !== null) found.push({ id, credentials });
  });
  return found;
}

export function readBusyPolling(kernel: Kernel, context: Kva): RingBusyPolling | null {
  const { mem } = kernel;
  const at = kernel.layout('io_ring_ctx', POLLING);
  if (at.list === undefined) return null;
  const mode = at.tracking === undefined ? null : mem.u8(context, at.tracking);
  const enabled =
    mode === null ? at.enabled !== undefined && mem.u8(context, at.enabled) !== 0 : mode !== INACTIVE;
  const microseconds = at.microseconds === undefined ? 0 : mem.u32(context, at.microseconds);
  return {
    enabled,
    tracking: mode === null || !enabled ? null : (TRACKINGS[mode] ?? `${mode}`),
    time: at.time === undefined ? microseconds : mem.wide(context, at.time),
    preferred: at.preferred !== undefined && mem.u8(context, at.preferred) !== 0,
  };
}

/** io_uring_show_cred(), as the first user namespace sees them. */
export function* personalityLines(personalities: readonly RingPersonality[]): Generator<string> {
  if (personalities.length > 0) yield 'Personalities:';
  for (const { id, credentials } of personalities) {
    yield String(id).padStart(5);
    yield* credentialLines(credentials);
  }
}

function* credentialLines(of: Credentials): Generator<string> {
  yield `\tUid:\t${[of.uid, of.euid, of.suid, of.fsuid].join('\t\t')}`;
  yield `\tGid:\t${[of.gid, of.egid, of.sgid, of.fsgid].join('\t\t')}`;
  yield `\tGroups:\t${of.groups.join(' ')}`;
  yield `\tCapEff:\t${of.capEffective}`;
}

export function* busyPollingLines(kernel: Kernel, polling: RingBusyPolling): Generator<string> {
  const { enabled, tracking, time, preferred } = polling;
  if (!enabled) return yield 'NAPI:\tdisabled';
  if (tracking !== null && !TRACKINGS.some((each) => each === tracking))
    return yield `NAPI:\tunknown mode (${tracking})`;
  yield 'NAPI:\tenabled';
  if (tracking !== null) yield `napi tracking:\t${tracking}`;
  const isFine = kernel.layout('io_ring_ctx', POLLING).time !== undefined;
  yield `napi_busy_poll_${isFine ? 'dt' : 'to'}:\t${time}`;
  yield `napi_prefer_busy_poll:\t${preferred}`;
}

// A plan made from the RAM file of a machine that is running: its dead kernel stands still, its crash kernel does not.

import { statSync } from 'node:fs';
import { OwError, SystemError } from '../base/error.js';
import { Fault } from '../base/fault.js';
import { lazySnapshot } from '../parsers/build-snapshot.js';
import { openDump } from '../parsers/dump.js';
import { copySwapSlot } from '../parsers/mm/swap-source.js';
import { decodePlan } from '../resurrect/abi/decode.js';
import { encodePlan } from '../resurrect/abi/encode.js';
import { PAGE_BYTES } from '../resurrect/abi/page-run.js';
import type { Plan } from '../resurrect/abi/plan.js';
import { buildPlan } from '../resurrect/plan/build-plan.js';

export interface LivePlanOptions {
  /** NAME, PID, session:SID, cgroup:PATH, all; none: all. */
  readonly selectors?: readonly string[];
  /** With a digest of the contents of every run of pages, for the executor to check what it copies. */
  readonly digests?: boolean;
  /** Neither read nor write what is remembered about kernel builds. */
  readonly noCache?: boolean;
}

export interface LivePlan {
  readonly plan: Plan;
  readonly bytes: Uint8Array;
}

/** Throws what opening a dump and planning throw. */
export function planLive(
  ram: string,
  { selectors = [], digests = true, noCache = false }: LivePlanOptions,
): LivePlan {
  checkRam(ram);
  const dump = openDump(ram, { noCache });
  try {
    const { physical } = dump.kernel.mem;
    const frames = (pfn: number, into: Uint8Array) => physical.bulk(pfn * PAGE_BYTES, into) === into.length;
    const snapshot = lazySnapshot(dump, { of: 'plan' });
    const swap = {
      swapped: (type: number, offset: number, into: Uint8Array) =>
        copySwapSlot(dump.kernel, { type, offset }, into),
    };
    const { plan } = buildPlan(snapshot, { selectors, swap, ...(digests ? { frames: { frames } } : {}) });
    return { plan, bytes: encodePlan(plan) };
  } finally {
    dump.close();
  }
}

/** A plan that was made before. Throws PlanFormatError. */
export function offered(bytes: Uint8Array): LivePlan {
  return { plan: decodePlan(bytes, 'the plan that is offered'), bytes };
}

/** A VM's RAM file is there as long as the VM is. */
export function checkRam(path: string): void {
  const hint =
    'Start QEMU with -object memory-backend-file,id=ram,size=…,mem-path=FILE,share=on -machine …,memory-backend=ram';
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new SystemError(`${path}: the RAM file is gone, or was never there`, hint);
  if (!stat.isFile() || stat.size === 0) throw new SystemError(`${path} is no RAM file`, hint);
}

/** What the guest is told where there is no plan: one line. */
export function reasonOf(error: unknown): string {
  const known = error instanceof OwError || error instanceof Fault;
  const text = error instanceof Error ? error.message : String(error);
  return `${known ? '' : 'internal error: '}${text}`.replaceAll(/\s+/g, ' ').slice(0, 400);
}

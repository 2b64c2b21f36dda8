// `ow plan verify P --after D2`: whether what runs after the resurrection is what the plan said.
import { AbsentError, EXIT, UsageError } from '../../base/error.js';
import { lazySnapshot } from '../../parsers/build-snapshot.js';
import { type Dump, type OpenOptions, openDump } from '../../parsers/dump.js';
import { identityOf } from '../../parsers/parts/system.js';
import type { SwapReader } from '../../resurrect/abi/page-run.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import { type PlanObjects, SECTION_KINDS } from '../../resurrect/abi/records/plan.js';
import { buildPlan } from '../../resurrect/plan/build-plan.js';
import { planHeader } from '../../resurrect/plan/header.js';
import { type World, worlds } from '../../resurrect/verify/choose-world.js';
import { seenFrom } from '../../resurrect/verify/pid-view.js';
import { type VerifyOptions, verifyPlan } from '../../resurrect/verify/verify-plan.js';
import type { Snapshot } from '../../snapshot/snapshot.js';
import { type GlobalOptions, openOptions } from '../options.js';
import { printResult } from '../output.js';
import { reportProgress } from '../render/progress.js';
import { DumpMemory } from './dump-memory.js';
import type { VerifyOutput } from './outputs.js';
import { readPlan } from './plan-file.js';
import { verificationLines } from './verify-text.js';

export interface VerifyFlags extends GlobalOptions {
  readonly after: string;
  readonly verbose?: boolean;
  /** Inode number. */
  readonly pidNamespace?: string;
}

export async function verify(path: string, flags: VerifyFlags): Promise<number> {
  const plan = readPlan(path);
  const bar = reportProgress(process.stderr);
  const dump = openAfter(flags.after, openOptions(flags));
  try {
    const output = verifyAgainst(plan, dump, flags);
    bar.clear();
    const { json = false, color, verbose = false } = flags;
    return await printResult(
      {
        schema: 'plan-verify',
        data: () => output,
        text: (style) => verificationLines(output, verbose, style),
        exitCode: output.holds ? EXIT.ok : EXIT.broken,
      },
      { json, color },
    );
  } finally {
    bar.clear();
    dump.close();
  }
}

/** The dump of what runs now: of the crash kernel, where one has booted in that memory. The caller closes it. */
export function openAfter(path: string, options: OpenOptions): Dump {
  if (options.kernel !== undefined) return openDump(path, options);
  try {
    return openDump(path, { ...options, kernel: 'crash' });
  } catch (error) {
    if (error instanceof AbsentError) return openDump(path, options);
    throw error;
  }
}

/** A plan against a dump that was taken after its execution. */
export function verifyAgainst(
  plan: Plan,
  dump: Dump,
  { pidNamespace }: Pick<VerifyFlags, 'pidNamespace'> = {},
): VerifyOutput {
  const snapshot = lazySnapshot(dump, { of: 'plan' });
  const world = chooseWorld(snapshot, plan, pidNamespace);
  const seen = world.level === 0 ? snapshot : seenFrom(snapshot, world.namespace);
  const memory = new DumpMemory(dump);
  const after = planOfAll(seen, memory);
  const options: VerifyOptions = {
    resurrected: world.level > 0,
    memory: hasOldFrames(plan, dump) ? memory : undefined,
  };
  return { world, kernel: dump.kernel.location.release, ...verifyPlan(plan, after, options) };
}

/** Of a world without a process but its init: a plan of nothing. */
function planOfAll(seen: Snapshot, swap: SwapReader): Plan {
  try {
    return buildPlan(seen, { swap }).plan;
  } catch (error) {
    if (!(error instanceof AbsentError)) throw error;
    const kinds = SECTION_KINDS.filter(({ role }) => role === 'object').map(({ key }) => [key, []]);
    return { header: planHeader(seen, false), ...(Object.fromEntries(kinds) as unknown as PlanObjects) };
  }
}

function chooseWorld(snapshot: Snapshot, plan: Plan, wanted: string | undefined): World {
  const all = worlds(snapshot, plan);
  const told = all.map(({ namespace, found }) => `${namespace} (${found} found)`).join(', ');
  if (wanted !== undefined && !/^\d+$/.test(wanted)) {
    throw new UsageError(`${wanted} is no inode number of a pid namespace`, `This dump has ${told}.`);
  }
  const chosen = wanted === undefined ? all[0] : all.find(({ namespace }) => namespace === Number(wanted));
  if (chosen !== undefined) return chosen;
  throw new AbsentError(
    `no process of this dump is in the pid namespace ${wanted ?? ''}`,
    told === '' ? 'It has no user processes at all.' : `It has ${told}.`,
  );
}

/** Whether the plan's frames are in this memory still: it is that of the kernel that the plan is of. */
function hasOldFrames(plan: Plan, dump: Dump): boolean {
  const identity = Buffer.from(plan.header.identity).toString('hex');
  if (identityOf(dump).digest === identity) return true;
  try {
    const dead = openDump(dump.image.path, { kernel: 'dead', noCache: true });
    try {
      return identityOf(dead).digest === identity;
    } finally {
      dead.close();
    }
  } catch (error) {
    if (error instanceof AbsentError) return false;
    throw error;
  }
}

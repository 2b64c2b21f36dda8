// `npm run plans`: tests/golden/plans/SUITE.json, what the plan of each committed capture comes to, and its digest. A test
// compares: a change of the planner shows itself in what is committed with it. What is true is not said there, but by
// the tests that hold plans to the guests' own /proc.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DumpMemory } from '../src/cli/plan/dump-memory.js';
import { lazySnapshot } from '../src/parsers/build-snapshot.js';
import { openDump } from '../src/parsers/dump.js';
import { encodePlan } from '../src/resurrect/abi/encode.js';
import { VERDICT_NAME } from '../src/resurrect/abi/records/processes.js';
import { OP_NAME } from '../src/resurrect/abi/records/steps.js';
import { buildPlan } from '../src/resurrect/plan/build-plan.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const PLANS = join(root, 'tests/golden/plans');

/** What a plan comes to, as text that shows what changed. */
export function planSummary(capture: string): string {
  const dump = openDump(capture, { noCache: true });
  try {
    const { plan } = buildPlan(lazySnapshot(dump, { of: 'plan' }), { swap: new DumpMemory(dump) });
    const bytes = encodePlan(plan);
    const steps: Record<string, number> = {};
    for (const { op } of plan.step) {
      const name = OP_NAME[op] as string;
      steps[name] = (steps[name] ?? 0) + 1;
    }
    const summary = {
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      processes: plan.process.map(({ pid, name, verdict }) => `${pid} ${name}: ${VERDICT_NAME[verdict]}`),
      refusals: plan.refusal.map(({ resource, reason }) => `${resource}: ${reason}`),
      steps,
    };
    return `${JSON.stringify(summary, null, 2)}\n`;
  } finally {
    dump.close();
  }
}

export const captureOf = (suite: string): string => join(root, 'fixtures', suite, 'capture.lime.lz4');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(PLANS, { recursive: true });
  const suites = readdirSync(join(root, 'fixtures'), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  for (const { name } of suites) writeFileSync(join(PLANS, `${name}.json`), planSummary(captureOf(name)));
}

// `ow plan simulate P --dump D -o DIR`: what would come of the plan, and a core file of each process that would run.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically, writeFileAtomically } from '../../base/atomic-file.js';
import { EXIT, InputError, SystemError } from '../../base/error.js';
import { progress } from '../../base/progress.js';
import { openDump } from '../../parsers/dump.js';
import { attachSwap } from '../../parsers/parts/swap.js';
import { decodePlan } from '../../resurrect/abi/decode.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import { allRun, type Explanation, explainJournal } from '../../resurrect/journal/explain.js';
import { encodeJournal } from '../../resurrect/journal/journal-file.js';
import { writePlanCore } from '../../resurrect/simulate/core.js';
import type { MemorySource } from '../../resurrect/simulate/memory-source.js';
import { simulate as carryOut } from '../../resurrect/simulate/simulate.js';
import { type GlobalOptions, openOptions } from '../options.js';
import { printResult } from '../output.js';
import { reportProgress } from '../render/progress.js';
import type { Style } from '../render/style.js';
import { plural, printable, bytes as size } from '../render/units.js';
import { DumpMemory } from './dump-memory.js';
import { explanationLines } from './journal.js';
import type { SimulateOutput } from './outputs.js';
import { readBytes } from './plan-file.js';

export interface SimulateFlags extends GlobalOptions {
  readonly dump: string;
  readonly output?: string;
}

export async function simulate(path: string, flags: SimulateFlags): Promise<number> {
  const bytes = readBytes(path);
  const plan = decodePlan(bytes, path);
  const bar = reportProgress(process.stderr);
  const dump = openDump(flags.dump, openOptions(flags));
  try {
    for (const swap of flags.swap ?? []) attachSwap(dump, swap);
    const memory = new DumpMemory(dump);
    sameDeath(plan, memory.identity, path, flags.dump);
    const { journal, running } = carryOut(plan, bytes, memory, (step) =>
      progress('steps', step, plan.step.length),
    );
    const explanation = explainJournal(plan, bytes, journal);
    const cores = flags.output === undefined ? [] : writeCores(plan, running, memory, flags.output);
    if (flags.output !== undefined)
      writeFileAtomically(join(flags.output, 'journal'), encodeJournal(journal));
    bar.clear();
    const output = { ...explanation, cores };
    const exitCode = allRun(explanation) ? EXIT.ok : EXIT.broken;
    const { json = false, color } = flags;
    const text = (style: Style) => lines(explanation, cores, style);
    return await printResult(
      { schema: 'plan-simulate', data: () => output, text, exitCode },
      { json, color },
    );
  } finally {
    bar.clear();
    dump.close();
  }
}

/** Throws InputError where the plan is of another machine, or of another death of this one. */
function sameDeath(plan: Plan, identity: string, path: string, dump: string): void {
  if (Buffer.from(plan.header.identity).toString('hex') === identity) return;
  throw new InputError(`${path} was not made of ${dump}`, `Make a plan of it: ow plan build ${dump} -o PLAN`);
}

function writeCores(
  plan: Plan,
  running: ReadonlySet<number>,
  memory: MemorySource,
  folder: string,
): SimulateOutput['cores'] {
  makeFolder(folder);
  const cores = [];
  for (const [done, index] of [...running].entries()) {
    progress('core files', done, running.size);
    const process = plan.process[index] as Plan['process'][number];
    const mm = process.mm === null ? undefined : plan.mm[process.mm];
    if (mm === undefined || !process.threads.some(({ registers }) => registers.length > 0)) continue;
    const file = join(folder, `core.${process.pid}`);
    let length = 0;
    writeAtomically(file, (sink) => {
      length = writePlanCore(plan, process, mm, memory, sink);
    });
    cores.push({ pid: process.pid, file, bytes: length, program: mm.exe });
  }
  return cores;
}

/** Nothing that is there already is overwritten but core files and a journal of an earlier run. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    const foreign = readdirSync(folder).find((name) => !/^(core\.\d+|journal)$/.test(name));
    if (foreign === undefined) return;
    throw new SystemError(`${folder} is not empty: ${foreign}`, 'Name a new folder.');
  } catch (error) {
    if (error instanceof SystemError) throw error;
    throw new SystemError(`cannot make ${folder}: ${(error as Error).message}`);
  }
}

function* lines(explanation: Explanation, cores: SimulateOutput['cores'], style: Style): Generator<string> {
  yield* explanationLines(explanation, false, style);
  if (cores.length === 0) return;
  const total = cores.reduce((sum, { bytes }) => sum + bytes, 0);
  yield '';
  yield `${plural(cores.length, 'core file')}, ${size(total)}; open one with: gdb ${printable(cores[0]?.program ?? '')} ${cores[0]?.file}`;
}

// `ow lab trim`: a fixture out of a dump.

import type { Command } from 'commander';
import { UsageError } from '../../base/error.js';
import { trimDump } from '../../lab/fixture.js';
import { reportProgress } from '../render/progress.js';
import { bytes } from '../render/units.js';

interface TrimFlags {
  readonly output: string;
  readonly processes: string;
  readonly pages: string;
}

export function registerTrim(lab: Command): void {
  lab
    .command('trim')
    .description('write only the pages of a dump that an inspection reads, as LiME ranges in LZ4 frames')
    .argument('<dump>')
    .requiredOption('-o, --output <file>', 'file to write')
    .option('--processes <list>', 'keep the user pages of these too: command names, zoo-* for a prefix', '')
    .option('--pages <n>', 'at most so many user pages of each; 0 for all', '0')
    .action((dump: string, flags: TrimFlags) => trim(dump, flags));
}

async function trim(dump: string, flags: TrimFlags): Promise<void> {
  const pagesEach = Number(flags.pages);
  if (!Number.isInteger(pagesEach) || pagesEach < 0) {
    throw new UsageError(`--pages ${flags.pages}: not a whole number`);
  }
  const processes = flags.processes.split(',').filter(Boolean);
  const bar = reportProgress(process.stderr);
  try {
    const report = await trimDump(dump, flags.output, { processes, pagesEach });
    bar.clear();
    const { pages, ranges, fileBytes } = report;
    process.stdout.write(`${flags.output}: ${pages} pages in ${ranges} ranges, ${bytes(fileBytes)}\n`);
  } finally {
    bar.clear();
  }
}

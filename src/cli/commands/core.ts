// `core`: a process as an ELF core file, for gdb and its like.
import { writeAtomically } from '../../base/atomic-file.js';
import { UsageError } from '../../base/error.js';
import { type CoreReport, writeCore } from '../../parsers/core/core-file.js';
import { bytes, plural, printable } from '../render/units.js';
import type { SectionRun } from '../section.js';
import { oneTask } from '../select.js';

export const core: SectionRun = ({ dump, args, options }) => {
  const file = options['output'];
  if (typeof file !== 'string') throw new UsageError('name the file to write: -o FILE');
  const task = oneTask(dump, args[0] as string);
  let report: CoreReport | undefined;
  writeAtomically(file, (sink) => {
    report = writeCore(dump, task, sink);
  });
  const done = report as CoreReport;
  return {
    schema: 'core',
    data: () => ({ file, ...done }),
    text: () => lines(file, done, dump.detail(task).exe),
  };
};

function* lines(file: string, report: CoreReport, exe: string | null): Generator<string> {
  const { pid, threads, staleThreads, unknownBytes } = report;
  yield `${file}: ${pid} with ${plural(threads.length, 'thread')}, ${bytes(report.bytes)}`;
  if (unknownBytes > 0)
    yield `${bytes(unknownBytes)} are not in the dump: gdb takes what it can from the files`;
  if (staleThreads.length > 0) yield `on a CPU, registers may be older: ${staleThreads.join(' ')}`;
  yield `open it with: gdb ${printable(exe?.replace(/ \(deleted\)$/, '') ?? 'PROGRAM')} ${file}`;
}

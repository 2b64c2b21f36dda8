// `maps`: /proc/PID/maps, byte for byte; with --files, the open files behind it.
import { mapsLine } from '../../parsers/mm/maps-text.js';
import type { Vma } from '../../snapshot/mm.js';
import type { Task } from '../../snapshot/task.js';
import { descriptorLines } from '../render/descriptors.js';
import type { Style } from '../render/style.js';
import { printable } from '../render/units.js';
import type { MapsOutput } from '../schema.js';
import type { SectionContext, SectionRun } from '../section.js';
import { selectOrAll } from '../select.js';

export const maps: SectionRun = (context) => {
  const { dump, args, options } = context;
  const files = options['files'] === true;
  const has = (task: Task) => task.mm !== null || (files && task.filesTable !== null && !task.kernelThread);
  const tasks = selectOrAll(dump, args, options['all'] === true, has);
  return {
    schema: 'maps',
    data: function* () {
      for (const task of tasks) yield output(context, task, files);
    },
    text: function* (style) {
      for (const [i, task] of tasks.entries()) {
        if (tasks.length > 1) yield heading(task, i, style);
        if (dump.vmas(task).length > 0) yield lines(context, task, style);
        if (files) yield* descriptorLines(dump.files(task));
      }
    },
  };
};

function output({ dump }: SectionContext, task: Task, files: boolean): MapsOutput {
  const found = { pid: task.pid, comm: task.comm, vmas: dump.vmas(task) };
  return files ? { ...found, descriptors: dump.files(task) } : found;
}

function lines({ dump, options }: SectionContext, task: Task, style: Style): string {
  const verbose = options['verbose'] === true;
  const line = (vma: Vma) => style.exact(mapsLine(vma)) + (verbose ? `\n${detail(vma)}` : '');
  return dump.vmas(task).map(line).join('\n');
}

function heading(task: Task, index: number, style: Style): string {
  const gap = index > 0 ? '\n' : '';
  return `${gap}${style.title(String(task.tid))} ${style.name(printable(task.comm))}`;
}

function detail(vma: Vma): string {
  const file = vma.file === null ? '' : `  file ${vma.file}`;
  return `    ${vma.vmFlags.join(' ')}  vma ${vma.address}${file}`;
}

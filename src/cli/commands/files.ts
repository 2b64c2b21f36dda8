// `files`: what each descriptor refers to, as ls -l /proc/PID/fd shows it, then flags and offset as fdinfo does.

import type { Dump } from '../../parsers/dump.js';
import { aioContextsOf, descriptorOf, fdinfoOf } from '../../parsers/parts/descriptors.js';
import type { AioContext } from '../../snapshot/descriptor.js';
import type { FileDescriptor } from '../../snapshot/files.js';
import type { Task } from '../../snapshot/task.js';
import { descriptorLines } from '../render/descriptors.js';
import type { Style } from '../render/style.js';
import { plural, printable } from '../render/units.js';
import type { DescriptorPage } from '../schema.js';
import type { SectionRun } from '../section.js';
import { selectOrAll } from '../select.js';
import { detailLines } from './descriptor-lines.js';

export const files: SectionRun = ({ dump, args, options }) => {
  const verbose = options['verbose'] === true;
  const tasks = selectOrAll(dump, args, true, (task) => task.filesTable !== null && !task.kernelThread);
  return {
    schema: 'files',
    data: function* () {
      for (const task of tasks) {
        const { exe, cwd, root } = dump.detail(task);
        const found = { pid: task.pid, comm: task.comm, exe, cwd, root, descriptors: dump.files(task) };
        yield verbose ? { ...found, details: detailsOf(dump, task), aio: aioContextsOf(dump, task) } : found;
      }
    },
    text: function* (style) {
      for (const [i, task] of tasks.entries()) {
        if (i > 0) yield '';
        yield heading(task, style);
        const descriptors = dump.files(task);
        if (descriptors.length === 0) yield style.dim('     no open files');
        yield* descriptorLines(descriptors, verbose ? (each) => behind(dump, task, each) : undefined);
        if (verbose) yield* aioContextsOf(dump, task).map(aioLine);
      }
    },
  };
};

function detailsOf(dump: Dump, task: Task): DescriptorPage[] {
  return dump.files(task).map((descriptor) => {
    const detail = descriptorOf(dump, descriptor.file);
    return { fd: descriptor.fd, detail, fdinfo: fdinfoOf(dump, task, descriptor) };
  });
}

function aioLine({ id, requests, slots, unread }: AioContext): string {
  const at = `0x${BigInt(id).toString(16)}`;
  return `     aio context ${at}: ${plural(requests, 'request')}, ${unread} of ${slots} completions unread`;
}

const INDENT = '        ';

/** What the link does not say, under the descriptor's line. */
function* behind(dump: Dump, task: Task, descriptor: FileDescriptor): Generator<string> {
  const detail = descriptorOf(dump, descriptor.file);
  if (detail !== null) for (const each of detailLines(detail)) yield INDENT + each;
  for (const each of fdinfoOf(dump, task, descriptor).split('\n'))
    if (each.startsWith('lock:')) yield INDENT + each.replace('\t', ' ');
}

function heading(task: Task, style: Style): string {
  return `${style.title(String(task.tid))} ${style.name(printable(task.comm))}`;
}

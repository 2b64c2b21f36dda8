// What stands behind open file descriptions, and is told by them: pipes, epoll sets, terminals, aio contexts …

import { Memo } from '../../base/memo.js';
import type { AioContext, DescriptorDetail } from '../../snapshot/descriptor.js';
import type { FileDescriptor, FileOwner, OpenFile } from '../../snapshot/files.js';
import type { Task } from '../../snapshot/task.js';
import type { Terminal } from '../../snapshot/terminal.js';
import { readAioContexts } from '../descriptors/aio.js';
import { readDescriptor } from '../descriptors/descriptor.js';
import { fdinfoLines } from '../descriptors/fdinfo.js';
import { readFileOwner } from '../descriptors/file-owner.js';
import type { Opened } from '../descriptors/open-object.js';
import { readTerminals } from '../descriptors/ttys.js';
import type { Dump } from '../dump.js';
import { perDump } from './per-dump.js';
import { clockOf } from './system.js';

const details = perDump(() => new Memo<DescriptorDetail | null>());

/** What stands behind an open file description that is more than a file; null for a file. */
export function descriptorOf(dump: Dump, file: OpenFile): DescriptorDetail | null {
  return details(dump).get(file.address, () => readDescriptor(opened(dump, file)));
}

/** Whom it tells of input and output by a signal; null for nobody. */
export function fileOwnerOf(dump: Dump, file: OpenFile): FileOwner | null {
  const { kernel } = dump;
  return kernel.faults.guard('f_owner', () => readFileOwner(kernel, dump.address(file.address)), null);
}

/** The text of /proc/PID/fdinfo/FD. */
export function fdinfoOf(dump: Dump, task: Task, descriptor: FileDescriptor): string {
  const { file } = descriptor;
  const lines = () => {
    const detail = descriptorOf(dump, file);
    return [...fdinfoLines(opened(dump, file), descriptor, detail, task.filesTable ?? '0x0'), ''].join('\n');
  };
  return dump.guard(task, `fdinfo ${descriptor.fd}`, lines, '');
}

/** Contexts of io_setup(2) in the task's address space. */
export function aioContextsOf(dump: Dump, task: Task): readonly AioContext[] {
  const { mm } = task;
  const read = (at: NonNullable<typeof mm>) => readAioContexts(dump.kernel, dump.address(at));
  return mm === null ? [] : dump.guard(task, 'aio', () => read(mm), []);
}

/** Terminals, both sides of ptys, in the order of device numbers. */
export const terminalsOf: (dump: Dump) => readonly Terminal[] = perDump((dump) => {
  const { kernel, tasks } = dump;
  const open = () => tasks.flatMap((task) => dump.files(task).map(({ file }) => descriptorOf(dump, file)));
  const ttys = () => open().flatMap((each) => (each?.kind === 'tty' ? dump.address(each.address) : []));
  return kernel.faults.guard('terminals', () => readTerminals(kernel, tasks, ttys()), []);
});

function opened(dump: Dump, file: OpenFile): Opened {
  return { kernel: dump.kernel, file, at: dump.address(file.address), clock: clockOf(dump) };
}

// A process of a plan for people: who it is, its threads, its memory, its descriptors with what is behind them, and what
// of it is refused.

import { camel } from '../../resurrect/abi/names.js';
import type { Plan } from '../../resurrect/abi/plan.js';
import type { FileTable } from '../../resurrect/abi/records/files.js';
import { DESCRIPTOR_FLAG, FILE_KIND_NAME, FILE_KIND_TARGET } from '../../resurrect/abi/records/files.js';
import { VMA_KIND_NAME, VMA_KIND_TARGET, type Vma } from '../../resurrect/abi/records/memory.js';
import { type Process, VERDICT_NAME } from '../../resurrect/abi/records/processes.js';
import type { Thread } from '../../resurrect/abi/records/threads.js';
import { type Row, tableFor } from '../../resurrect/json/table.js';
import { refusalLine } from './plan-chapters.js';
import { fieldLines, referenceText } from './plan-objects.js';
import { runText, wrapped } from './plan-values.js';
import type { Style } from './style.js';
import { pages, printable } from './units.js';

const ASIDE = new Set(['threads', 'name', 'pid', 'verdict', 'mm']);
/** vm_flags (include/linux/mm.h). */
const VM = { read: 1n, write: 2n, exec: 4n, shared: 8n };
const ACCESS = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'] as const;
const OPEN_FLAGS: readonly (readonly [number, string])[] = [
  [0o2000, 'O_APPEND'],
  [0o4000, 'O_NONBLOCK'],
  [0o10000, 'O_DSYNC'],
  [0o20000, 'O_ASYNC'],
  [0o40000, 'O_DIRECT'],
  [0o200000, 'O_DIRECTORY'],
  [0o400000, 'O_NOFOLLOW'],
  [0o1000000, 'O_NOATIME'],
  [0o10000000, 'O_PATH'],
];

/** Tables and address spaces that were shown with another process are only named: `shown` remembers them. */
export function* processLines(
  plan: Plan,
  index: number,
  shown: Set<string>,
  style: Style,
): Generator<string> {
  const process = plan.process[index] as Process;
  const { pid, name, verdict, threads, mm } = process;
  const word = (VERDICT_NAME[verdict] ?? '?').replaceAll('_', ' ');
  const paint = word === 'continues' ? style.good : style.bad;
  yield `${style.title(`process[${index}] ${pid} ${printable(name)}`)}: ${paint(word)}`;
  yield* fieldLines(plan, process as unknown as Row, tableFor('process'), '  ', style, ASIDE);
  for (const refusal of plan.refusal) {
    if (refusal.processes.some((each) => each.process === index)) yield `  ${refusalLine(refusal, style)}`;
  }
  for (const thread of threads) yield* threadLines(plan, thread, style);
  for (const table of new Set(threads.map(({ files }) => files)))
    if (table !== null) yield* tableLines(plan, table, shown, style);
  if (mm !== null) yield* mmLines(plan, mm, shown, style);
}

function* threadLines(plan: Plan, thread: Thread, style: Style): Generator<string> {
  yield `  ${style.name(`thread ${thread.tid} ${printable(thread.comm)}`)}`;
  const row = thread as unknown as Row;
  yield* fieldLines(plan, row, tableFor('thread'), '    ', style, new Set(['tid', 'comm']));
}

function isNew(plan: Plan, kind: string, index: number, shown: Set<string>): boolean {
  const name = referenceText(plan, kind, index);
  return shown.size !== shown.add(name).size;
}

function* tableLines(plan: Plan, index: number, shown: Set<string>, style: Style): Generator<string> {
  const { descriptors } = plan.fileTable[index] as FileTable;
  const known = !isNew(plan, 'fileTable', index, shown);
  yield `  ${style.name(`descriptors (${descriptors.length}), fileTable[${index}]`)}${known ? ', shown above' : ''}`;
  if (known) return;
  for (const { fd, flags, file } of descriptors) {
    const cloexec = (flags & DESCRIPTOR_FLAG.close_on_exec) === 0 ? '' : ' close-on-exec';
    yield `  ${String(fd).padStart(5)}  ${fileText(plan, file, style)}${cloexec}`;
  }
}

/** `file[3] regular /etc/passwd O_RDONLY at 12 → inode[1]`. */
function fileText(plan: Plan, index: number, style: Style): string {
  const file = plan.file[index];
  if (file === undefined) return `file[${index}] (missing)`;
  const { kind, target, flags, position, path } = file;
  const name = FILE_KIND_NAME[kind] ?? '?';
  const word = name === 'refused' ? style.bad(name) : name;
  const place = position === 0n ? '' : ` at ${position}`;
  const other = FILE_KIND_TARGET[kind];
  const behind = target === null || other === undefined ? '' : ` → ${camel(other)}[${target}]`;
  return `file[${index}] ${word} ${style.name(printable(path))} ${openFlags(flags)}${place}${behind}`;
}

function openFlags(flags: number): string {
  const names = OPEN_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  return [ACCESS[flags & 3], ...names].join('|');
}

function* mmLines(plan: Plan, index: number, shown: Set<string>, style: Style): Generator<string> {
  const mm = plan.mm[index];
  const known = !isNew(plan, 'mm', index, shown);
  yield `  ${style.name(`memory, ${referenceText(plan, 'mm', index)}`)}${known ? ', shown above' : ''}`;
  if (known || mm === undefined) return;
  yield* fieldLines(plan, mm as unknown as Row, tableFor('mm'), '    ', style, new Set(['vmas', 'exe']));
  for (const vma of mm.vmas) yield* vmaLines(vma, style);
}

function* vmaLines(vma: Vma, style: Style): Generator<string> {
  const { start, end, vmFlags, offset, kind, backing, name, pages: runs } = vma;
  const has = (bit: bigint, letter: string) => ((vmFlags & bit) === 0n ? '-' : letter);
  const share = (vmFlags & VM.shared) === 0n ? 'p' : 's';
  const perms = `${has(VM.read, 'r')}${has(VM.write, 'w')}${has(VM.exec, 'x')}${share}`;
  const other = VMA_KIND_TARGET[kind];
  const behind = backing === null || other === undefined ? '' : ` → ${camel(other)}[${backing}]`;
  const count = runs.reduce((sum, run) => sum + run.pages, 0);
  const own = count === 0 ? '' : `, ${pages(count)} of its own`;
  const at = offset === 0 ? '' : ` +0x${offset.toString(16)}`;
  const range = `${start.toString(16).padStart(12, '0')}-${end.toString(16).padStart(12, '0')}`;
  const title = name === '' ? '' : ` ${style.name(printable(name))}`;
  yield `    ${range} ${perms} ${VMA_KIND_NAME[kind] ?? '?'}${title}${at}${behind}${own} ${style.dim(`vm_flags 0x${vmFlags.toString(16)}`)}`;
  yield* wrapped(runs.map(runText), '        ', '; ');
}

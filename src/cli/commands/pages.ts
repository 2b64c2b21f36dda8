// `pages`: what the page tables hold: totals, the pages of each VMA, every run of pages.
import { PAGE, type PageRun, type PageTotals } from '../../snapshot/mm.js';
import type { Task } from '../../snapshot/task.js';
import type { Style } from '../render/style.js';
import { type Column, table } from '../render/table.js';
import { printable, pages as size } from '../render/units.js';
import type { PagesOutput, VmaPages } from '../schema.js';
import type { SectionContext, SectionRun } from '../section.js';
import { selectOrAll } from '../select.js';
import { pagesByVma } from '../vma-pages.js';

const FLAGS = Object.entries(PAGE);
const COUNTS = ['anon', 'file', 'shmem', 'swap', 'zero', 'thp', 'hugetlb', 'dirty', 'special'] as const;
const KIB = 4;

export const pages: SectionRun = (context) => {
  const { dump, args, options } = context;
  const all = options['all'] === true;
  const tasks = selectOrAll(dump, args, all, (task) => dump.mm(task) !== null);
  // Says which of them has no address space before anything is printed.
  for (const task of tasks) if (dump.mm(task) === null) dump.pageTable(task);
  return {
    schema: 'pages',
    data: function* () {
      for (const task of tasks) yield walked(context, task);
    },
    text: function* (style) {
      for (const task of tasks) {
        const found = walked(context, task);
        yield totalsLine(task, found.totals, style);
        if (found.vmas !== undefined) yield* table(COLUMNS, found.vmas);
        for (const run of found.runs ?? []) yield runLine(run);
      }
    },
  };
};

function walked({ dump, args, options }: SectionContext, task: Task): PagesOutput {
  const { totals, runs } = dump.pages(task);
  const { pid, comm } = task;
  if (options['runs'] === true) return { pid, comm, totals, runs };
  return args.length > 0
    ? { pid, comm, totals, vmas: pagesByVma(dump.vmas(task), runs) }
    : { pid, comm, totals };
}

function totalsLine(task: Task, totals: PageTotals, style: Style): string {
  const parts = COUNTS.filter((name) => totals[name] > 0).map((name) => `${name} ${size(totals[name])}`);
  const name = `${style.title(String(task.pid))} ${style.name(printable(task.comm))}`;
  return `${name}  present ${size(totals.present)}: ${[...parts, `${totals.tables} page tables`].join(', ')}`;
}

const kib = (name: string, pick: (vma: VmaPages) => number): Column<VmaPages> => ({
  head: name,
  right: true,
  cell: (vma) => (pick(vma) > 0 ? pick(vma) * KIB : '-'),
});

/** In KiB, as pmap -x. */
const COLUMNS: readonly Column<VmaPages>[] = [
  { head: 'ADDRESS', cell: ({ start, end }) => `${address(start)}-${address(end)}` },
  { head: 'PERM', cell: ({ perms }) => perms },
  kib('KIB', ({ start, end }) => (end - start) / 4096),
  kib('RSS', ({ present }) => present),
  kib('ANON', ({ anon }) => anon),
  kib('FILE', ({ file }) => file),
  kib('SWAP', ({ swap }) => swap),
  kib('ZERO', ({ zero }) => zero),
  kib('DIRTY', ({ dirty }) => dirty),
  { head: 'MAPPING', cell: ({ name }) => printable(name) },
];

function address(value: number): string {
  return value.toString(16).padStart(12, '0');
}

function runLine(run: PageRun): string {
  const range = `${address(run.address)}-${address(run.address + run.pages * 4096)}`;
  const swap = (run.flags & PAGE.swap) !== 0;
  const frame = swap ? `swap ${run.swapType}:${run.pfn}` : `pfn 0x${run.pfn.toString(16)}`;
  const names = FLAGS.filter(([, bit]) => (run.flags & bit) !== 0).map(([name]) => name);
  return `  ${range} ${String(run.pages).padStart(7)}  ${frame.padEnd(16)}  ${names.join(' ')}`;
}

// Small plans of objects alone, with the pages that they name: what the executor's operations are tried on.
import { encodePlan } from '../../../src/resurrect/abi/encode.js';
import { FILE_KIND, type File, type FileKindName } from '../../../src/resurrect/abi/records/files.js';
import type { PageRun } from '../../../src/resurrect/abi/records/memory.js';
import type { ObjectKind, PlanObjects } from '../../../src/resurrect/abi/records/plan.js';
import { planSteps } from '../../../src/resurrect/plan/steps.js';
import { samplePlan } from '../../unit/helpers/sample-plan/plan.js';

const PAGE = 4096;
/** Rows that stay as in the sample plan. */
const KEPT: readonly string[] = ['namespace'];

type Rows = { -readonly [K in ObjectKind]: PlanObjects[K][number][] };

export class PlanMaker {
  readonly #rows: Rows;
  readonly #frames: Buffer[] = [];

  constructor() {
    const { header: _, ...sample } = samplePlan();
    const kinds = Object.entries(sample).map(([kind, rows]) => [kind, KEPT.includes(kind) ? [...rows] : []]);
    this.#rows = Object.fromEntries(kinds) as Rows;
  }

  /** Index of the object in the plan. */
  add<K extends ObjectKind>(kind: K, row: Rows[K][number]): number {
    return (this.#rows[kind] as Rows[K][number][]).push(row) - 1;
  }

  /** Changes a row that is there already: of objects that refer to each other. */
  change<K extends ObjectKind>(kind: K, index: number, row: Partial<Rows[K][number]>): void {
    const rows = this.#rows[kind] as Rows[K][number][];
    rows[index] = { ...(rows[index] as Rows[K][number]), ...row };
  }

  /** The first process of the sample plan, which has these files under these numbers. Its index. */
  process(files: readonly (readonly [fd: number, file: number])[]): number {
    const sample = samplePlan();
    const descriptors = files.map(([fd, file]) => ({ fd, flags: 0, file }));
    this.add('fileTable', { descriptors });
    for (const row of sample.credentials) this.add('credentials', row);
    const [process] = sample.process as [Rows['process'][number]];
    const none = { mm: null, sighand: null, terminal: null, because: null, parent: null, ids: [] };
    const threads = process.threads.slice(0, 1).map((thread) => ({ ...thread, fs: null, namespaces: null }));
    return this.add('process', { ...process, ...none, threads });
  }

  /** `more`: flags are those of F_GETFL, O_RDWR | O_LARGEFILE where they are not told. */
  file(kind: FileKindName, target: number | null, path: string, more: Partial<File> = {}): number {
    const row = { flags: 0o100002, references: 1, owner: 0, signal: 0, position: 0n, path, ...more };
    return this.add('file', { kind: FILE_KIND[kind], target, ...row });
  }

  /** Runs of a file whose pages have these contents, each page in a frame far from the one before; null: no page. */
  pages(...contents: readonly (Buffer | string | null)[]): PageRun[] {
    return contents.flatMap((content, index) => {
      if (content === null) return [];
      const frame = Buffer.alloc(PAGE);
      frame.set(Buffer.from(content));
      this.#frames.push(Buffer.alloc(PAGE), frame);
      const pfn = this.#frames.length - 1;
      return [{ address: index * PAGE, pfn, pages: 1, source: 1, swap: 0, flags: 0, digest: 0 } as PageRun];
    });
  }

  plan(): Uint8Array {
    const { header } = samplePlan();
    const objects = this.#rows as PlanObjects;
    return encodePlan({ ...objects, header: { ...header, panicMonotonic: 0n }, step: planSteps(objects) });
  }

  memory(): Buffer {
    return Buffer.concat(this.#frames);
  }
}

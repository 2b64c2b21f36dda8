// A section of an inspection: `ow-inspect DUMP ps`. The table of sections (sections.ts) holds what --help needs; the
// code of each is loaded when it is used.
import type { Dump } from '../parsers/dump.js';
import type { AnyResult } from './result.js';

export interface SectionContext {
  readonly dump: Dump;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

export type SectionRun = (context: SectionContext) => AnyResult;

export interface Section {
  readonly name: string;
  /** Commander's notation: `<pid...>`, `[pid]`. */
  readonly args?: string;
  readonly summary: string;
  /** Flags and what they do. */
  readonly options?: readonly (readonly [string, string])[];
  /** What stands behind DUMP, for the help. */
  readonly examples?: readonly string[];
  readonly load: () => Promise<SectionRun>;
}

// A restore plan as TypeScript has it.
import type { Header } from './records/container.js';
import type { PlanObjects } from './records/plan.js';

/** What the encoder works out by itself: place, size, checksum. */
export const DERIVED_HEADER_FIELDS = [
  'magic',
  'version',
  'headerBytes',
  'fileBytes',
  'sectionsOffset',
  'sections',
  'sectionEntryBytes',
  'checksum',
] as const;

export type PlanHeader = Omit<Header, (typeof DERIVED_HEADER_FIELDS)[number]>;

/** The header, and one array for each kind of object. */
export interface Plan extends PlanObjects {
  readonly header: PlanHeader;
}

// A restore plan as TypeScript has it.
import type { Header } from './records/container.js';
import type { PlanObjects } from './records/plan.js';

/** What the encoder works out by itself: place, size, checksum. */
export type DerivedHeaderField =
  | 'magic'
  | 'version'
  | 'headerBytes'
  | 'fileBytes'
  | 'sectionsOffset'
  | 'sections'
  | 'sectionEntryBytes'
  | 'checksum';

export type PlanHeader = Omit<Header, DerivedHeaderField>;

/** The header, and one array for each kind of object. */
export interface Plan extends PlanObjects {
  readonly header: PlanHeader;
}

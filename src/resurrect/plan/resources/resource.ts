// A row of the table of resources.

import type { Severity } from '../../abi/records/refusals.js';

export interface Resource {
  /** For people: `Seccomp filters`. */
  readonly title: string;
  /** What of it is in a plan; empty: nothing. */
  readonly planned: string;
  /** What is refused, and why; empty: nothing. */
  readonly refused: string;
  /** What follows for the processes concerned, where it is refused. */
  readonly severity: Severity;
  /** CRASH_BIT. */
  readonly crashBits: number;
}

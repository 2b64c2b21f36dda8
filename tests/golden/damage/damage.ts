// One structure of a real dump broken, and what is to be seen of it.
import type { FaultKind } from '../../../src/base/fault.js';
import type { Dump } from '../../../src/parsers/dump.js';
import type { Surgeon } from '../../unit/helpers/surgeon.js';

/** LIST_POISON1. */
export const POISON = 0xdead_0000_0000_0100n;
export const UNMAPPED = 0xffff_ffff_0000_0000n;
export const NOT_CANONICAL = 0x1234_5678_9abc_def0n;
export const WILD = [POISON, UNMAPPED, NOT_CANONICAL, 0n, 0x40_0000n];

/** The process that most damages concern. */
export const VICTIM = 'zoo-threads';

export interface Damage {
  readonly what: string;
  readonly change: (on: Surgeon) => void;
  /** Sections to show; each as text and as JSON. */
  readonly show: readonly string[];
  /** Faults of which one must be met; none where the damage cannot be told from a sound state. */
  readonly faults: readonly FaultKind[];
  readonly also?: (broken: Dump, sound: Dump) => void;
}

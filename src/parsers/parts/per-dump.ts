// One object of a kind for each dump: what has been read of it lives exactly as long as the dump does.

import { oncePer } from '../../base/once-per.js';
import type { Dump } from '../dump.js';

export const perDump: <T>(make: (dump: Dump) => T) => (dump: Dump) => T = oncePer;

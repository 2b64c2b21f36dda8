// One object of a kind for each kernel: caches that live exactly as long as the kernel they describe.

import { oncePer } from '../../base/once-per.js';
import type { Kernel } from './kernel.js';

export const perKernel: <T>(make: (kernel: Kernel) => T) => (kernel: Kernel) => T = oncePer;

// Which addresses can be those of instructions: the kernel's text and the modules'.

import type { Kva } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { loadedModules } from './module-list.js';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The second range is gone after boot, but calls from it still stand on the first task's stack. */
const KERNEL_TEXT = [
  ['_stext', '_etext'],
  ['_sinittext', '_einittext'],
] as const;

export class TextRanges {
  private readonly kernel: readonly Range[];
  private readonly modules: readonly Range[];

  constructor(kernel: Kernel) {
    this.kernel = KERNEL_TEXT.flatMap(([first, last]) => {
      const start = kernel.symbols.address(first);
      const end = kernel.symbols.address(last);
      return start === undefined || end === undefined ? [] : [{ start, end }];
    });
    this.modules = loadedModules(kernel).flatMap(({ memory }) =>
      memory.regions.map(({ start, bytes }) => ({ start, end: start + bytes })),
    );
  }

  isKernel(address: Kva): boolean {
    return this.kernel.some(({ start, end }) => address >= start && address < end);
  }

  has(address: Kva): boolean {
    return this.isKernel(address) || this.modules.some(({ start, end }) => address >= start && address < end);
  }
}

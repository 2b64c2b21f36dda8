// Symbols by remembered answers; what was never asked before goes to the real tables, which are opened only then.

import type { Kva } from '../../base/address.js';
import { once } from '../../base/once.js';
import type { KernelSymbol, SymbolAt, SymbolSource } from '../symbols/symbols.js';
import type { Answers, SymbolAnswer } from './answers.js';

/** Addresses come by the thousand in a walk of stacks; a file of some hundred kilobytes is enough. */
const MOST_NEAR = 10_000;

export class CachedSymbols implements SymbolSource {
  private opened: SymbolSource | undefined;
  private readonly real: () => SymbolSource;

  constructor(
    private readonly answers: Answers,
    private readonly text: Kva,
    open: () => SymbolSource,
  ) {
    this.real = once(() => {
      this.opened = open();
      return this.opened;
    });
  }

  get origin(): string {
    return this.opened?.origin ?? 'answers remembered for this build (cached)';
  }

  get count(): number {
    return this.answers.facts.symbolCount;
  }

  address(name: string): Kva | undefined {
    const { symbols } = this.answers;
    let answer = symbols.get(name);
    if (answer === undefined) {
      answer = this.relative(this.real().address(name));
      symbols.set(name, answer);
    }
    if (answer === null) return undefined;
    return ('text' in answer ? this.text + answer.text : answer.absolute) as Kva;
  }

  nearest(address: Kva): SymbolAt | undefined {
    const distance = address - this.text;
    // Behind the image are modules, whose places differ from boot to boot: nothing to ask the kernel's own tables for.
    if (distance < 0 || address >= (this.address('_end') ?? this.text)) return undefined;
    const { near } = this.answers;
    let answer = near.get(distance);
    if (answer === undefined) {
      answer = this.real().nearest(address) ?? null;
      if (near.size < MOST_NEAR) near.set(distance, answer);
    }
    return answer === null ? undefined : { name: answer.name, offset: answer.offset, module: null };
  }

  all(): Iterable<KernelSymbol> {
    return this.real().all();
  }

  /** Absolute symbols are not negative; everything of the kernel's image is. */
  private relative(address: Kva | undefined): SymbolAnswer {
    if (address === undefined) return null;
    return address < 0 ? { text: address - this.text } : { absolute: address };
  }
}

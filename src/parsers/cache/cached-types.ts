// Types by remembered answers; what was never asked before goes to the real source, which is opened only then.

import { once } from '../../base/once.js';
import type { Member, TypeSource } from '../types/types.js';
import type { Answers } from './answers.js';

export class CachedTypes implements TypeSource {
  private opened: TypeSource | undefined;
  readonly whole: () => TypeSource;

  constructor(
    private readonly answers: Answers,
    open: () => TypeSource,
    /** Stands before every name in the answers: empty for the kernel's own. */
    private readonly prefix = '',
  ) {
    this.whole = once(() => {
      this.opened = open();
      return this.opened;
    });
  }

  readonly extend = (key: string, open: () => TypeSource): TypeSource =>
    new CachedTypes(this.answers, open, `${key} `);

  get origin(): string {
    return this.opened?.origin ?? 'answers remembered for this build (cached)';
  }

  member(path: string): Member | undefined {
    return remembered(this.answers.members, this.prefix + path, () => this.whole().member(path));
  }

  sizeOf(type: string): number | undefined {
    return remembered(this.answers.sizes, this.prefix + type, () => this.whole().sizeOf(type));
  }

  enumerator(name: string): number | undefined {
    return remembered(this.answers.enumerators, this.prefix + name, () => this.whole().enumerator(name));
  }
}

function remembered<V>(map: Map<string, V | null>, key: string, ask: () => V | undefined): V | undefined {
  let answer = map.get(key);
  if (answer === undefined) {
    answer = ask() ?? null;
    map.set(key, answer);
  }
  return answer ?? undefined;
}

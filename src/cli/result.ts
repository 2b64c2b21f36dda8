// What a command gives back: data for --json, and the same as text. One place (`output.ts`) prints either.
import type { Style } from './render/style.js';
import type { Outputs } from './schema.js';

/** Lists may be made while they are printed, so that thousands of rows are never held at once. */
export type Streamed<T> = T extends readonly (infer Item)[] ? Iterable<Item> : T;

export interface Result<Name extends keyof Outputs = keyof Outputs> {
  readonly schema: Name;
  /** Plain data; produced only for --json. */
  readonly data: () => Streamed<Outputs[Name]>;
  /** Lines without newline; produced only for text. */
  readonly text: (style: Style) => Iterable<string>;
  /** Exit code where it is not 0 for a reason of the command's own. */
  readonly exitCode?: number;
}

export type AnyResult = { [Name in keyof Outputs]: Result<Name> }[keyof Outputs];

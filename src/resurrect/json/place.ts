// Where in a JSON document one is: for messages.
import { PlanFormatError } from '../abi/error.js';

export class Place {
  readonly #path: (string | number)[] = [];

  constructor(private readonly name: string) {}

  enter(key: string | number): void {
    this.#path.push(key);
  }

  leave(): void {
    this.#path.pop();
  }

  within<K extends string | number, T>(key: K, read: (key: K) => T): T {
    this.#path.push(key);
    const value = read(key);
    this.#path.pop();
    return value;
  }

  fail(why: string): never {
    const path = this.#path
      .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
      .join('')
      .replace(/^\./, '');
    throw new PlanFormatError(
      `${this.name}: ${path === '' ? '' : `${path}: `}${why}`,
      'Correct the JSON there; `ow plan show --json` prints what a plan should look like.',
    );
  }
}

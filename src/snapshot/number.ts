// Integers in a snapshot: a JSON number while a double holds it exactly, decimal text beyond 2^53.

export type Wide = number | `${bigint}`;

export function wide(value: bigint): Wide {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : (value.toString() as `${bigint}`);
}

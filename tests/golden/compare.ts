// Comparing many facts at once: what differs is collected, so that a failure shows all of it, and how many facts were
// compared is asserted, so that a test that compares nothing fails.
import { expect } from 'vitest';

export class Comparison {
  private readonly differences: string[] = [];
  private compared = 0;

  same(what: string, ours: unknown, theirs: unknown): void {
    this.compared++;
    if (Object.is(ours, theirs)) return;
    const [a, b] = [JSON.stringify(ours), JSON.stringify(theirs)];
    if (a !== b) this.differences.push(`${what}: ours ${a}, the guest's ${b}`);
  }

  get count(): number {
    return this.compared;
  }

  /** How many of them differ. */
  get different(): number {
    return this.differences.length;
  }

  /** Fails with the first differences, or when fewer than `least` facts were compared. */
  finish(least: number): void {
    expect(this.differences.slice(0, 20)).toEqual([]);
    expect(this.compared).toBeGreaterThanOrEqual(least);
  }
}

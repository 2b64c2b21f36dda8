// The objects of one kind in a plan that is being made: each once, by a key of the dead kernel (an address, mostly), with
// the index that it is referred to by.

export class Table<Row> {
  private readonly made: (Row | undefined)[] = [];
  private readonly indices = new Map<string | number, number>();

  /**
   * Index of the object with that key, which is made when it is first asked for. Its index stands before it is made, so
   * that objects may refer to each other in circles.
   */
  ref(key: string | number, make: (index: number) => Row): number {
    const known = this.indices.get(key);
    if (known !== undefined) return known;
    const index = this.made.length;
    this.made.push(undefined);
    this.indices.set(key, index);
    this.made[index] = make(index);
    return index;
  }

  /** Null where nothing has asked for it so far. */
  find(key: string | number): number | null {
    return this.indices.get(key) ?? null;
  }

  get size(): number {
    return this.made.length;
  }

  /** In the order in which they were asked for. */
  get rows(): readonly Row[] {
    return this.made as Row[];
  }
}

// Decoded blocks, each in a buffer of its own, evicted in the order in which they came, but for those used since.

export class BlockCache {
  private readonly slots = new Map<number, number>();
  private readonly buffers: Buffer[] = [];
  private readonly owner: number[] = [];
  private readonly used: boolean[] = [];
  private hand = 0;

  constructor(
    private readonly slotBytes: number,
    private readonly maxSlots: number,
  ) {}

  has(block: number): boolean {
    return this.slots.has(block);
  }

  get(block: number): Buffer | undefined {
    const slot = this.slots.get(block);
    if (slot === undefined) return undefined;
    this.used[slot] = true;
    return this.buffers[slot];
  }

  /** A buffer that from now on belongs to `block`. */
  take(block: number): Buffer {
    const slot = this.free();
    this.slots.set(block, slot);
    this.owner[slot] = block;
    this.used[slot] = false;
    return this.buffers[slot] as Buffer;
  }

  drop(block: number): void {
    this.slots.delete(block);
  }

  /** A buffer for one use, before anything is cached. */
  scratch(): Buffer {
    if (this.buffers.length === 0) this.add();
    return this.buffers[0] as Buffer;
  }

  private free(): number {
    if (this.owner.length < this.maxSlots) {
      if (this.owner.length === this.buffers.length) this.add();
      return this.owner.length;
    }
    while (this.used[this.hand]) {
      this.used[this.hand] = false;
      this.hand = (this.hand + 1) % this.maxSlots;
    }
    const slot = this.hand;
    this.hand = (this.hand + 1) % this.maxSlots;
    this.slots.delete(this.owner[slot] as number);
    return slot;
  }

  private add(): void {
    this.buffers.push(Buffer.allocUnsafeSlow(this.slotBytes));
  }
}

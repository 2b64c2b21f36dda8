/** A stretch of physical memory that was read whole. */
export interface Stretch {
  readonly data: Uint8Array;
  readonly view: DataView;
  /** Physical address of its first byte. */
  readonly phys: number;
}

/** The next multiple of 8: where a section of a plan's file, and each block of data, begins. */
export function align8(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}

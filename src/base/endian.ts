/** Whether this machine stores the low byte of a number first, as typed arrays show it. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

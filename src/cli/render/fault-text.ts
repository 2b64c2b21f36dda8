// A fault as a line of text.
import type { Fault } from '../../base/fault.js';

export function faultText(fault: Fault): string {
  const { kind, space, address, detail } = fault.record([]);
  return address === null ? `${detail} (${kind})` : `${detail} (${kind} at ${space} address ${address})`;
}

// What a thread was doing in the kernel, in one line: `34 pause(0x3, …)`, with where its user code is.
import type { SystemCall } from '../../snapshot/thread.js';

const ABI = { 'x86-64': '', x32: ' (x32)', ia32: ' (ia32)' } as const;

/** `none` where it came by an interrupt or exception, or has no stack any more. */
export function syscallText(call: SystemCall): string {
  if (call.nr < 0) return 'none';
  return `${call.nr} ${call.name ?? '?'}(${call.args.join(', ')})${ABI[call.abi]}`;
}

/** Its name alone; the number where it has none. */
export function syscallLabel(call: SystemCall): string {
  return call.nr < 0 ? '' : (call.name ?? String(call.nr));
}

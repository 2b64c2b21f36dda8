// Which function handles a system call: by the table, or by the switch that took its place against branch history
// injection (arch/x86/entry/syscall_{32,64}.c). x86-64 keeps its table beside the switch, for tracing; ia32 does not.

import { type Kva, NULL } from '../../base/address.js';
import type { SystemCall } from '../../snapshot/thread.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasSymbol, type Trait } from '../kernel/trait.js';
import { switchTarget } from './syscall-switch.js';

type Handler = (kernel: Kernel, nr: number) => Kva;

/** No architecture's table is larger. */
const MAX_CALLS = 1024;
const HANDLER = /^(?:__(?:x64|x32|ia32)_(?:compat_)?sys_|__(?:se|do)_sys_|(?:compat_)?sys_)/;

export const ia32Calls: Trait<Handler> = {
  name: 'system calls of ia32',
  eras: [
    {
      name: 'switch in ia32_sys_call()',
      since: '6.9 and stable releases of that spring',
      commit: '1e3ad78334a6',
      evidence: 'symbol ia32_sys_call',
      probe: hasSymbol('ia32_sys_call'),
      reader: (kernel, nr) => switchTarget(kernel, kernel.symbol('ia32_sys_call'), nr, isHandler),
    },
    {
      name: 'ia32_sys_call_table',
      since: 'before 5.10',
      commit: null,
      evidence: 'symbol ia32_sys_call_table',
      probe: hasSymbol('ia32_sys_call_table'),
      reader: (kernel, nr) => tableEntry(kernel, 'ia32_sys_call_table', nr),
    },
    {
      name: 'none',
      since: '',
      commit: null,
      evidence: 'no CONFIG_IA32_EMULATION',
      probe: () => true,
      reader: () => NULL,
    },
  ],
};

const HANDLERS: Readonly<Record<SystemCall['abi'], Handler>> = {
  'x86-64': (kernel, nr) => tableEntry(kernel, 'sys_call_table', nr),
  x32: (kernel, nr) => {
    const own = kernel.symbols.address('x32_sys_call_table') !== undefined;
    return tableEntry(kernel, own ? 'x32_sys_call_table' : 'sys_call_table', nr);
  },
  ia32: (kernel, nr) => kernel.trait(ia32Calls)(kernel, nr),
};

/** By its handler's symbol, `read`; null where there is no such call, or no way to tell. */
export function syscallName(kernel: Kernel, nr: number, abi: SystemCall['abi']): string | null {
  if (nr < 0 || nr >= MAX_CALLS) return null;
  const handler = kernel.faults.guard('system call', () => HANDLERS[abi](kernel, nr), NULL);
  const symbol = handler === NULL ? undefined : kernel.symbols.nearest(handler);
  if (symbol === undefined || symbol.offset !== 0 || !isHandler(symbol.name)) return null;
  return symbol.name.replace(HANDLER, '');
}

function isHandler(name: string): boolean {
  return HANDLER.test(name);
}

/** NULL beyond the table's end, which is the next symbol. */
function tableEntry({ symbols, mem }: Kernel, name: string, nr: number): Kva {
  const table = symbols.address(name);
  if (table === undefined || symbols.nearest((table + nr * 8) as Kva)?.offset !== nr * 8) return NULL;
  return mem.ptr(table, nr * 8);
}

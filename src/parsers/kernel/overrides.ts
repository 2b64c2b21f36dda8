// Symbols and types from files instead of the dump: --system-map, --vmlinux, --btf.

import { UsageError } from '../../base/error.js';
import type { LinkedTable } from '../symbols/linked-symbols.js';
import { readSystemMap } from '../symbols/system-map.js';
import { readVmlinux } from '../symbols/vmlinux.js';
import type { KernelLocation } from './kernel.js';

export interface Overrides {
  /** Path of a System.map. */
  readonly systemMap?: string | undefined;
  /** Path of a vmlinux; its build id must be the dump's. */
  readonly vmlinux?: string | undefined;
  /** Path of a BTF blob, or of an ELF file that has one. */
  readonly btf?: string | undefined;
  /** Use a vmlinux of another build all the same. */
  readonly force?: boolean | undefined;
}

export function readOverrides({ systemMap, vmlinux }: Overrides): LinkedTable | undefined {
  if (systemMap !== undefined) return readSystemMap(systemMap);
  return vmlinux === undefined ? undefined : readVmlinux(vmlinux);
}

/** A System.map names no build: that linux_banner and the page tables are where it says has to do. */
export function checkOverrides(table: LinkedTable, location: KernelLocation, { force }: Overrides): void {
  const { buildId } = location;
  if (force || table.buildId === null || buildId === null || table.buildId === buildId) return;
  throw new UsageError(
    `${table.origin} is another build (${table.buildId}) than the dump’s kernel (${buildId})`,
    'Name the vmlinux of exactly this kernel package, leave it away, or insist with --force.',
  );
}

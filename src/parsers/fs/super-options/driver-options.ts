// Options that a file system's driver prints of its super block: super_operations.show_options, recognised by the
// symbol of the function. Drivers that are not here leave the options incomplete, and say so.

import { type Kva, NULL } from '../../../base/address.js';
import type { Kernel } from '../../kernel/kernel.js';
import { offsets } from '../../types/types.js';
import { moduleTypes } from '../../walks/module-types.js';
import { devptsOptions } from './devpts.js';
import { ext4Options } from './ext4.js';
import { hugetlbfsOptions } from './hugetlbfs.js';
import { kernfsOptions } from './kernfs.js';
import {
  type DriverLayout,
  type DriverOptions,
  NO_OPTIONS,
  type OptionsReader,
  UNKNOWN_OPTIONS,
} from './options.js';
import { procOptions } from './proc.js';
import { bpfOptions, debugfsOptions, pstoreOptions, ramfsOptions } from './simple.js';
import { tmpfsOptions } from './tmpfs.js';

const SUPER_BLOCK = { operations: 's_op' } as const;
const OPERATIONS = { options: 'show_options' } as const;

const READERS: Readonly<Record<string, OptionsReader>> = {
  bpf_show_options: bpfOptions,
  debugfs_show_options: debugfsOptions,
  devpts_show_options: devptsOptions,
  ext4_show_options: ext4Options,
  hugetlbfs_show_options: hugetlbfsOptions,
  kernfs_sop_show_options: kernfsOptions,
  proc_show_options: procOptions,
  pstore_show_options: pstoreOptions,
  ramfs_show_options: ramfsOptions,
  shmem_show_options: tmpfsOptions,
  tracefs_show_options: debugfsOptions,
};

export function driverOptions(kernel: Kernel, block: Kva): DriverOptions {
  const { mem } = kernel;
  const operations = mem.ptr(block, kernel.layout('super_block', SUPER_BLOCK).operations);
  const show = mem.ptr(operations, kernel.layout('super_operations', OPERATIONS).options);
  if (show === NULL) return NO_OPTIONS;
  const symbol = kernel.symbols.nearest(show);
  const read = symbol?.offset === 0 ? READERS[symbol.name] : undefined;
  return read === undefined
    ? UNKNOWN_OPTIONS
    : read(kernel, block, layoutFor(kernel, symbol?.module ?? null));
}

/** A driver that is built as a module has its structures in the module's BTF. */
function layoutFor(kernel: Kernel, module: string | null): DriverLayout {
  const types = module === null ? undefined : moduleTypes(kernel, module);
  if (types === undefined) return (struct, members) => kernel.layout(struct, members);
  return (struct, members) => offsets(types, struct, members);
}

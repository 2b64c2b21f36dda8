// A kernel with the structures that the tests of this folder share, and a file opened on an object of theirs.

import type { Kva } from '../../../../src/base/address.js';
import type { Opened } from '../../../../src/parsers/descriptors/open-object.js';
import type { OpenFile } from '../../../../src/snapshot/files.js';
import type { Clock } from '../../../../src/snapshot/system.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const CLOCK: Clock = {
  uptime: 100,
  wall: null,
  realtimeNs: 1_000_000_000_000,
  monotonicNs: 90_000_000_000,
  boottimeNs: 100_000_000_000,
};

export const rodata = (text: string): string => `${text}\0`;

export class MadeDescriptors extends SyntheticKernel {
  constructor() {
    super();
    this.types
      .struct('list_head', { next: 'ptr', prev: 'ptr' })
      .struct('hlist_node', { next: 'ptr', pprev: 'ptr' })
      .struct('hlist_head', { first: 'ptr' })
      .struct('rb_node', { __rb_parent_color: 'u64', rb_right: 'ptr', rb_left: 'ptr' })
      .struct('rb_root', { rb_node: 'ptr' })
      .struct('file_system_type', { name: 'ptr' })
      .struct('super_block', { s_dev: 'u32', s_flags: 'u64', s_type: 'ptr' })
      .struct('inode', {
        i_mode: 'u16',
        i_sb: 'ptr',
        i_ino: 'u64',
        i_pipe: 'ptr',
        i_flctx: 'ptr',
        i_private: 'ptr',
      })
      .struct('file', { f_inode: 'ptr', private_data: 'ptr', f_pos: 'i64' });
  }

  /** An address with a length, initialised as an empty list. */
  emptyList(head: Kva): void {
    this.list(head, []);
  }

  inode(number: number, device: number, mode = 0o100644): Kva {
    const name = this.alloc(8);
    this.text(name, 'ext4');
    const i_sb = this.make('super_block', {
      s_dev: device,
      s_type: this.make('file_system_type', { name }),
    });
    return this.make('inode', { i_ino: number, i_mode: mode, i_sb });
  }

  /** .rodata with these texts. */
  constants(...texts: readonly string[]): void {
    const start = this.alloc(4096, 4096);
    this.text(start, texts.map(rodata).join(''));
    this.symbol('__start_rodata', start);
    this.symbol('__end_rodata', (start + 4096) as Kva);
  }

  open(values: Readonly<Record<string, number>>, file: Partial<OpenFile> = {}): Opened {
    const at = this.make('file', values);
    const kernel = this.kernel();
    const opened = { address: kernel.mem.hex(at), path: 'x', fsType: 'ext4', operations: null, ...file };
    return { kernel, file: opened as OpenFile, at, clock: CLOCK };
  }
}

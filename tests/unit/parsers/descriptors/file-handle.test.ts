import { expect, test } from 'vitest';
import { fileHandle } from '../../../../src/parsers/descriptors/file-handle.js';
import { MadeDescriptors } from './made-descriptors.js';

function handle(encoder: string | null) {
  const made = new MadeDescriptors();
  made.types
    .struct('super_block', { s_export_op: 'ptr' })
    .struct('export_operations', { encode_fh: 'ptr' })
    .struct('kernfs_node', { count: 'u64', id: 'u64' })
    .struct('inode', { i_sb: 'ptr', i_ino: 'u64', i_generation: 'u32', i_private: 'ptr' });
  const encode_fh = encoder === null ? 0 : made.alloc(16);
  if (encode_fh !== 0) made.symbol(encoder as string, encode_fh);
  const i_sb = made.make('super_block', { s_export_op: made.make('export_operations', { encode_fh }) });
  const i_private = made.make('kernfs_node', { id: 0x0000_0007_0000_1234n });
  const inode = made.make('inode', { i_sb, i_ino: 0x1_0000_2bff, i_generation: 0x0e66_bdeb, i_private });
  return () => fileHandle(made.kernel(), inode);
}

test.each([
  [null, 1, 'ff2b0000ebbd660e'],
  ['generic_encode_ino32_fh', 1, 'ff2b0000ebbd660e'],
  ['shmem_encode_fh', 1, 'ebbd660eff2b000001000000'],
  ['kernfs_encode_fh', 0xfe, '3412000007000000'],
])('made by %s', (encoder, type, hex) => {
  expect(handle(encoder)()).toEqual({ type, hex });
});

test('made by a file system that is not known', () => {
  expect(handle('strange_encode_fh')).toThrow('handles made by strange_encode_fh() are not known');
});

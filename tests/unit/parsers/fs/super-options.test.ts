import { describe, expect, test } from 'vitest';
import { type Kva, NULL } from '../../../../src/base/address.js';
import { superBlock } from '../../../../src/parsers/fs/super-block.js';
import type { Value } from '../../helpers/synthetic-memory.js';
import { MadeFs } from './made-fs.js';

type Values = Readonly<Record<string, Value>>;

/** The options of a super block whose driver is `show` and whose s_fs_info is a struct `info` of these members. */
function optionsOf(
  fs: MadeFs,
  type: string,
  show: string,
  info: Kva,
): { options: string; complete: boolean } {
  const code = fs.alloc(16);
  fs.symbol(show, code);
  const block = fs.superBlock(type, 7);
  fs.set(block, 'super_block.s_op', fs.make('super_operations', { show_options: code }));
  fs.set(block, 'super_block.s_fs_info', info);
  const { options, complete } = superBlock(fs.kernel(), block);
  return { options, complete };
}

describe('tmpfs', () => {
  const PAGES = 200_000;
  function shown(values: Values) {
    const fs = new MadeFs('7.2');
    fs.types.struct('shmem_sb_info', {
      max_blocks: 'u64',
      max_inodes: 'u64',
      mode: 'u16',
      huge: 'u8',
      uid: 'u32',
      gid: 'u32',
      full_inums: 'bool',
      noswap: 'bool',
      mpol: 'ptr',
    });
    const total = fs.alloc(8);
    fs.poke(total, PAGES);
    fs.symbol('_totalram_pages', total);
    const defaults = { max_blocks: PAGES / 2, max_inodes: PAGES / 2, mode: 0o1777 };
    return optionsOf(fs, 'tmpfs', 'shmem_show_options', fs.make('shmem_sb_info', { ...defaults, ...values }));
  }

  test.each<[string, Values]>([
    ['rw', {}],
    ['rw,inode64', { full_inums: 1 }],
    ['rw,size=1024k,nr_inodes=77', { max_blocks: 256, max_inodes: 77 }],
    ['rw,mode=700,uid=5,gid=6,huge=always', { mode: 0o700, uid: 5, gid: 6, huge: 1 }],
    ['rw,mode=000,huge=force,noswap', { mode: 0, huge: 254, noswap: 1 }],
  ])('%s', (options, values) => {
    expect(shown(values)).toEqual({ options, complete: true });
  });

  test('a memory policy is not spelt out', () => {
    expect(shown({ mpol: -4096 }).complete).toBe(false);
  });
});

describe('devpts', () => {
  test.each<[string, Values]>([
    ['rw,gid=5,mode=620,ptmxmode=000', { setgid: 1, gid: 5, mode: 0o620, max: 1 << 20 }],
    ['rw,uid=1,mode=600,ptmxmode=666,max=5', { setuid: 1, uid: 1, mode: 0o600, ptmxmode: 0o666, max: 5 }],
  ])('%s', (options, values) => {
    const fs = new MadeFs('5.10');
    fs.types
      .struct('pts_mount_opts', {
        setuid: 'i32',
        setgid: 'i32',
        uid: 'u32',
        gid: 'u32',
        mode: 'u16',
        ptmxmode: 'u16',
        max: 'i32',
      })
      .struct('pts_fs_info', { mount_opts: 'pts_mount_opts' });
    const members = Object.entries(values).map(([name, value]) => [`mount_opts.${name}`, value]);
    const info = fs.make('pts_fs_info', Object.fromEntries(members));
    expect(optionsOf(fs, 'devpts', 'devpts_show_options', info)).toEqual({ options, complete: true });
  });
});

describe('proc', () => {
  test.each<[string, Values]>([
    ['rw', {}],
    ['rw,gid=33,hidepid=invisible', { pid_gid: 33, hide_pid: 2 }],
    ['rw,hidepid=ptraceable,subset=pid', { hide_pid: 4, pidonly: 1 }],
  ])('%s', (options, values) => {
    const fs = new MadeFs('7.2');
    fs.types.struct('proc_fs_info', { pid_gid: 'u32', hide_pid: 'u32', pidonly: 'u32' });
    const info = fs.make('proc_fs_info', values);
    expect(optionsOf(fs, 'proc', 'proc_show_options', info)).toEqual({ options, complete: true });
  });
});

describe('ext4', () => {
  const HZ = 250;
  const DEFAULTS = {
    s_mount_opt: 0x10,
    s_def_mount_opt: 0x10,
    s_commit_interval: 5 * HZ,
    s_sb_block: 1,
    s_inode_readahead_blks: 32,
    s_max_batch_time: 15_000,
  };
  function shown(values: Values) {
    const fs = new MadeFs('7.2');
    fs.types
      .struct('clocksource', { mult: 'u32', shift: 'u32' })
      .struct('ext4_super_block', { s_errors: 'u16' })
      .struct('ext4_sb_info', {
        s_mount_opt: 'u32',
        s_mount_opt2: 'u32',
        s_def_mount_opt: 'u32',
        s_commit_interval: 'u64',
        s_stripe: 'u64',
        s_sb_block: 'u64',
        s_es: 'ptr',
        s_inode_readahead_blks: 'u32',
        s_min_batch_time: 'u32',
        s_max_batch_time: 'u32',
        s_max_dir_size_kb: 'u32',
      });
    fs.symbol('clocksource_jiffies', fs.make('clocksource', { mult: (1e9 / HZ) * 256, shift: 8 }));
    const s_es = fs.make('ext4_super_block', { s_errors: 1 });
    const info = fs.make('ext4_sb_info', { ...DEFAULTS, s_es, ...values });
    return optionsOf(fs, 'ext4', 'ext4_show_options', info);
  }

  test.each<[string, boolean, Values]>([
    ['rw', true, {}],
    ['rw,commit=3600', true, { s_commit_interval: 3600 * HZ }],
    ['rw,errors=remount-ro,stripe=4', true, { s_mount_opt: 0x20, s_stripe: 4 }],
    ['rw,discard', true, { s_mount_opt: 0x4000_0010 }],
    ['rw', false, { s_mount_opt: 0x4010 }],
    ['rw', false, { s_max_dir_size_kb: 9 }],
  ])('%s, complete: %s', (options, complete, values) => {
    expect(shown(values)).toEqual({ options, complete });
  });
});

describe('general options', () => {
  test('of the super block, and a subtype', () => {
    const fs = new MadeFs('7.2');
    const block = fs.superBlock('fuse', 1);
    fs.set(block, 'super_block.s_flags', 0x01 | 0x10 | 0x200_0000);
    fs.set(block, 'super_block.s_subtype', fs.string('sshfs'));
    expect(superBlock(fs.kernel(), block)).toEqual({
      type: 'fuse.sshfs',
      device: 1,
      options: 'ro,sync,lazytime',
      complete: true,
    });
  });

  test("a driver's part that cannot be read leaves the rest", () => {
    const fs = new MadeFs('7.2');
    fs.types.struct('proc_fs_info', { pid_gid: 'u32', hide_pid: 'u32', pidonly: 'u32' });
    expect(optionsOf(fs, 'proc', 'proc_show_options', NULL)).toEqual({ options: 'rw', complete: false });
    expect(fs.faults.count).toBe(1);
  });
});

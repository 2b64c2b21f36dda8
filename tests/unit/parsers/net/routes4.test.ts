import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { routeLine } from '../../../../src/cli/network-parts.js';
import { routes4 } from '../../../../src/parsers/net/routes4.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

/** A namespace with one table, `main`, and a device eth0. */
function machine() {
  const made = new SyntheticKernel();
  made.types
    .struct('hlist_node', { next: 'ptr', pprev: 'ptr' })
    .struct('netns_ipv4', { fib_table_hash: 'ptr' })
    .struct('net', { ipv4: 'netns_ipv4' })
    .struct('fib_table', { tb_hlist: 'hlist_node', tb_id: 'u32', tb_data: 'ptr' })
    .struct('key_vector', {
      key: 'u32',
      pos: 'u8',
      bits: 'u8',
      slen: 'u8',
      leaf: '@8 ptr',
      tnode: '@8 ptr[4]',
    })
    .struct('fib_alias', {
      ...{
        fa_list: 'hlist_node',
        fa_info: 'ptr',
        fa_dscp: 'u8',
        fa_type: 'u8',
        fa_state: 'u8',
        fa_slen: 'u8',
      },
      tb_id: 'u32',
    })
    .struct('fib_nh_common', {
      ...{ nhc_dev: 'ptr', nhc_gw_family: 'u8', nhc_flags: 'u8', nhc_gw: '@16 u32[4]', nhc_weight: 'i32' },
    })
    .struct('fib_nh', { nh_common: 'fib_nh_common' })
    .struct('nh_info', { fib_nhc: '@16 fib_nh_common' })
    .struct('nh_grp_entry', { nh: 'ptr', weight: 'u8' })
    .struct('nh_group', { num_nh: 'u16', nh_entries: '@8 nh_grp_entry[2]' })
    .struct('nexthop', { id: 'u32', is_group: 'bool', nh_info: 'ptr', nh_grp: '@8 ptr' })
    .struct('fib_info', {
      ...{ fib_flags: 'u32', fib_protocol: 'u8', fib_scope: 'u8', fib_prefsrc: 'u32', fib_priority: 'u32' },
      ...{ fib_metrics: 'ptr', fib_nhs: 'u32', nh: 'ptr', fib_nh: 'fib_nh[2]' },
    })
    .struct('net_device', {
      ...{ name: 'char[16]', ifindex: 'i32', dev_list: 'u64', mtu: 'u32', flags: 'u32', gflags: 'u16' },
      ...{ dev_addr: 'ptr', addr_len: 'u8', broadcast: 'u8', type: 'u16', operstate: 'u8', state: 'u64' },
      ...{ tx_queue_len: 'u32', qdisc: 'ptr', group: 'i32', rtnl_link_ops: 'ptr' },
    });
  const device = made.make('net_device', { name: 'eth0', ifindex: 7 });
  const [root, hash] = [made.alloc(16), made.alloc(256 * 8)];
  const table = made.make('fib_table', { tb_id: 254, tb_data: root });
  made.poke((hash + 254 * 8) as Kva, table);
  const net = made.make('net', { 'ipv4.fib_table_hash': hash });
  return { made, device, root, read: () => routes4(made.kernel(), { address: net, inode: 1 }) };
}

function leaf({ made }: ReturnType<typeof machine>, key: number, length: number, info: Kva): Kva {
  const alias = made.make('fib_alias', { fa_info: info, fa_type: 1, fa_slen: 32 - length, tb_id: 254 });
  return made.make('key_vector', { key, leaf: alias });
}

function info({ made, device }: ReturnType<typeof machine>, gateway?: readonly number[]): Kva {
  const at = made.make('fib_info', { fib_protocol: 4, fib_priority: 20, fib_nhs: 1 });
  const hop = (at + (made.types.member('fib_info.fib_nh')?.offset ?? 0)) as Kva;
  made.set(hop, 'fib_nh.nh_common.nhc_dev', device);
  if (gateway === undefined) return at;
  made.set(hop, 'fib_nh.nh_common.nhc_gw_family', 2);
  const where = made.types.member('fib_nh.nh_common.nhc_gw')?.offset ?? 0;
  made.bytes((hop + where) as Kva, Uint8Array.from(gateway));
  return at;
}

describe('a trie of routes', () => {
  test('is its leaves, by address', () => {
    const all = machine();
    const [low, high] = [leaf(all, 0, 0, info(all, [10, 0, 0, 1])), leaf(all, 0xc000_0200, 24, info(all))];
    const top = all.made.make('key_vector', { pos: 31, bits: 1 });
    all.made.poke((top + 8) as Kva, low);
    all.made.poke((top + 16) as Kva, high);
    all.made.poke((all.root + 8) as Kva, top);
    const found = all.read();
    expect(found.map(({ destination, prefixLength, table }) => [destination, prefixLength, table])).toEqual([
      ['0.0.0.0', 0, 254],
      ['192.0.2.0', 24, 254],
    ]);
    expect(found.map(({ nextHops }) => nextHops[0])).toEqual([
      { device: 'eth0', index: 7, gateway: '10.0.0.1', weight: 0, flags: 0 },
      { device: 'eth0', index: 7, gateway: null, weight: 0, flags: 0 },
    ]);
    expect(found[0]).toMatchObject({ metric: 20, protocol: 4, type: 'unicast', nextHopId: null });
  });

  test('tells the metrics that were set', () => {
    const all = machine();
    const metrics = all.made.alloc(17 * 4);
    // RTAX_LOCK 1, RTAX_MTU 2, RTAX_ADVMSS 8, each kept at its number less one.
    const words = new Uint32Array(17);
    words.set([1 << 2, 1400]);
    words[7] = 1200;
    all.made.bytes(metrics, new Uint8Array(words.buffer));
    const told = info(all);
    all.made.set(told, 'fib_info.fib_metrics', metrics);
    all.made.poke((all.root + 8) as Kva, leaf(all, 0, 0, told));
    const [route] = all.read();
    expect(route?.metrics).toEqual({ lock: 4, mtu: 1400, advmss: 1200 });
    expect(route && routeLine(route)).toBe(
      'default dev eth0 proto static metric 20 mtu lock 1400 advmss 1200',
    );
  });

  test('that points up into itself ends, and keeps what was read', () => {
    const all = machine();
    const top = all.made.make('key_vector', { pos: 31, bits: 1 });
    all.made.poke((top + 8) as Kva, leaf(all, 0x0a00_0000, 8, info(all)));
    all.made.poke((top + 16) as Kva, top);
    all.made.poke((all.root + 8) as Kva, top);
    expect(all.read().map(({ destination }) => destination)).toEqual(['10.0.0.0']);
    expect(all.made.faults.records.map(({ kind }) => kind)).toEqual(['corrupt']);
  });

  test('refers to a group of next hop objects', () => {
    const all = machine();
    const { made, device } = all;
    const object = (weight: number) => {
      const own = made.make('nh_info');
      made.set(own, 'nh_info.fib_nhc.nhc_dev', device);
      made.set(own, 'nh_info.fib_nhc.nhc_weight', weight);
      return made.make('nexthop', { id: weight, nh_info: own });
    };
    const group = made.make('nh_group', { num_nh: 2 });
    const first = group + (made.types.member('nh_group.nh_entries')?.offset ?? 0);
    made.poke(first as Kva, object(3));
    made.poke((first + 16) as Kva, object(5));
    const nh = made.make('nexthop', { id: 99, is_group: 1 });
    made.set(nh, 'nexthop.nh_grp', group);
    made.poke((all.root + 8) as Kva, leaf(all, 0, 0, made.make('fib_info', { nh })));
    const [route] = all.read();
    expect(route?.nextHopId).toBe(99);
    expect(route?.nextHops.map(({ weight }) => weight)).toEqual([3, 5]);
  });
});

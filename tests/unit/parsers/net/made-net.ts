// Packets, sockets and their tables, made up.

import type { Kva } from '../../../../src/base/address.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const PAGE_SIZE = 64;
const FRAMES = 65536;

export class MadeNet {
  readonly made = new SyntheticKernel();
  private readonly pages: Kva;

  constructor(frag: 'netmem' | 'bv_page' = 'netmem') {
    const { types } = this.made;
    types
      .struct('list_head', { next: 'ptr', prev: 'ptr' })
      .struct('hlist_head', { first: 'ptr' })
      .struct('hlist_node', { next: 'ptr', pprev: 'ptr' })
      .struct('rb_node', { __rb_parent_color: 'u64', rb_right: 'ptr', rb_left: 'ptr' })
      .struct('page', { flags: 'u64', compound_head: 'u64', lru: 'u64', mapping: 'ptr' }, PAGE_SIZE)
      .struct('skb_frag', frag === 'netmem' ? { netmem: 'ptr', len: 'u32', offset: 'u32' } : {}, 16)
      .struct('bio_vec', frag === 'netmem' ? {} : { bv_page: 'ptr', bv_len: 'u32', bv_offset: 'u32' }, 16)
      .struct('skb_shared_info', {
        flags: 'u8',
        nr_frags: '@2 u8',
        frag_list: '@8 ptr',
        frags: '@16 skb_frag[4]',
      })
      .struct('sk_buff', {
        ...{ next: 'ptr', prev: 'ptr', right: '@8 ptr', left: '@16 ptr', sk: '@24 ptr', cb: '@40 char[48]' },
        ...{ len: 'u32', data_len: 'u32', head: 'ptr', data: 'ptr', end: 'u32', truesize: 'u32' },
        ...{ network_header: 'u16', transport_header: 'u16' },
      })
      .struct('tcp_skb_cb', { seq: 'u32', end_seq: 'u32', tcp_flags: '@12 u8' })
      .struct('unix_skb_parms', { pid: 'ptr', uid: 'u32', gid: 'u32', fp: 'ptr', consumed: '@28 u32' })
      .struct('upid', { nr: 'i32', ns: 'ptr' })
      .struct('pid', { level: 'u32', tasks: 'hlist_head[4]', numbers: 'upid[1]' })
      .struct('iphdr', { saddr: '@12 u32' })
      .struct('ipv6hdr', { saddr: '@8 u64[2]' });
    this.pages = this.made.alloc(FRAMES * PAGE_SIZE, 1 << 18);
    const [base, frames] = [this.made.alloc(8), this.made.alloc(8)];
    this.made.poke(base, this.pages);
    this.made.poke(frames, FRAMES);
    this.made.symbol('vmemmap_base', base);
    this.made.symbol('max_pfn', frames);
  }

  /** A packet: `linear` in its head, the others in pages. */
  skb(linear: string, paged: readonly string[] = []): Kva {
    const { made } = this;
    const head = made.alloc(512, 64);
    const total = linear.length + paged.join('').length;
    const values = {
      len: total,
      data_len: total - linear.length,
      head,
      data: head + 64,
      end: 256,
      truesize: 768,
    };
    const skb = made.make('sk_buff', values);
    made.text((head + 64) as Kva, linear);
    const shared = (head + 256) as Kva;
    made.set(shared, 'skb_shared_info.nr_frags', paged.length);
    for (const [i, text] of paged.entries()) this.frag(shared, i, text);
    return skb;
  }

  /** At 100 bytes into a page of its own. */
  private frag(shared: Kva, index: number, text: string): void {
    const { made } = this;
    const data = made.alloc(4096, 4096);
    made.text((data + 100) as Kva, text);
    const page = this.pages + Math.floor(made.phys(data) / 4096) * PAGE_SIZE;
    const at = shared + (made.types.member('skb_shared_info.frags')?.offset ?? 0) + index * 16;
    made.poke(at as Kva, page);
    const isNew = made.types.member('skb_frag.netmem') !== undefined;
    made.poke((at + 8) as Kva, text.length, 4);
    made.poke((at + 12) as Kva, 100, 4);
    if (!isNew) made.set(at as Kva, 'bio_vec.bv_len', text.length);
  }

  cb(skb: Kva): Kva {
    return (skb + (this.made.types.member('sk_buff.cb')?.offset ?? 0)) as Kva;
  }

  queue(skbs: readonly Kva[]): Kva {
    const head = this.made.make('list_head');
    this.made.list(head, skbs);
    return head;
  }
}

/** What a packet's data says. */
export function textOf(data: string | null | undefined): string | null {
  return data == null ? null : Buffer.from(data, 'base64').toString();
}

// Packets: struct sk_buff and skb_shared_info (include/linux/skbuff.h). A packet's bytes lie in a linear part, then in
// pieces of pages, then in the packets of its frag_list.

import { type Kva, NULL } from '../../base/address.js';
import type { Kernel } from '../kernel/kernel.js';
import { hasMember, type Trait } from '../kernel/trait.js';
import { pfnOfPage } from '../mm/struct-page.js';
import { forEachListEntry } from '../walks/list.js';

export const SKB = {
  length: 'len',
  paged: 'data_len',
  head: 'head',
  data: 'data',
  end: 'end',
  control: 'cb',
  next: 'next',
  sock: 'sk',
  truesize: 'truesize',
  network: 'network_header',
  transport: 'transport_header',
} as const;
const SHARED = { count: 'nr_frags', list: 'frag_list', frags: 'frags' } as const;
const NEW_FRAG = { page: 'netmem', length: 'len', offset: 'offset' } as const;
const OLD_FRAG = { page: 'bv_page', length: 'bv_len', offset: 'bv_offset' } as const;
const PAGE = 4096;
/** Longest packet: 64 KiB, or 512 KiB with BIG TCP; a few times that is rubble. */
const MAX_BYTES = 4 << 20;
const MAX_QUEUE = 1 << 20;
const MAX_FRAGS = 64;

interface Frag {
  /** struct page. */
  readonly page: Kva;
  readonly offset: number;
  readonly length: number;
}

export const skbFrag: Trait<(kernel: Kernel, frags: Kva, index: number) => Frag> = {
  name: 'page fragment of a packet',
  eras: [
    {
      name: 'netmem',
      since: '6.9',
      commit: '21d2e6737c97',
      evidence: 'skb_frag.netmem',
      probe: hasMember('skb_frag.netmem'),
      reader: (kernel, frags, index) => {
        const at = kernel.layout('skb_frag', NEW_FRAG);
        return fragAt(kernel, (frags + index * kernel.sizeOf('skb_frag')) as Kva, at);
      },
    },
    {
      name: 'bio_vec',
      since: '5.4',
      commit: null,
      evidence: 'bio_vec.bv_page',
      probe: hasMember('bio_vec.bv_page'),
      reader: (kernel, frags, index) => {
        const at = kernel.layout('bio_vec', OLD_FRAG);
        return fragAt(kernel, (frags + index * kernel.sizeOf('bio_vec')) as Kva, at);
      },
    },
  ],
};

function fragAt(kernel: Kernel, frag: Kva, at: { page: number; length: number; offset: number }): Frag {
  const { mem } = kernel;
  const page = mem.ptr(frag, at.page);
  if (Math.abs(page % 2) === 1) throw mem.fault('not-mapped', 'packet data in device memory', frag);
  return { page, offset: mem.u32(frag, at.offset), length: mem.u32(frag, at.length) };
}

/** Visits the packets of a struct sk_buff_head in order. Its first members are those of a list_head. */
export function forEachSkb(kernel: Kernel, queue: Kva, visit: (skb: Kva) => unknown): void {
  forEachListEntry(kernel, queue, 0, visit, MAX_QUEUE);
}

/** All bytes of a packet from skb->data on. */
export function skbBytes(kernel: Kernel, skb: Kva): Uint8Array {
  const { mem } = kernel;
  const at = kernel.layout('sk_buff', SKB);
  const length = mem.u32(skb, at.length);
  const paged = mem.u32(skb, at.paged);
  if (length > MAX_BYTES || paged > length) {
    throw mem.fault('corrupt', `a packet of ${length} bytes, ${paged} of them in pages`, skb);
  }
  const linear = mem.bytes(mem.ptr(skb, at.data), length - paged);
  if (paged === 0) return linear;
  const parts = [linear, ...pageParts(kernel, skb)];
  const out = new Uint8Array(length);
  let done = 0;
  for (const part of parts) {
    out.set(part.subarray(0, length - done), done);
    done += Math.min(part.length, length - done);
  }
  if (done < length) throw mem.fault('corrupt', `a packet of ${length} bytes has only ${done}`, skb);
  return out;
}

function* pageParts(kernel: Kernel, skb: Kva): Generator<Uint8Array> {
  const { mem } = kernel;
  const at = kernel.layout('sk_buff', SKB);
  const shared = (mem.ptr(skb, at.head) + mem.u32(skb, at.end)) as Kva;
  const info = kernel.layout('skb_shared_info', SHARED);
  const count = mem.u8(shared, info.count);
  if (count > MAX_FRAGS) throw mem.fault('corrupt', `a packet of ${count} page fragments`, shared);
  for (let index = 0; index < count; index++) {
    yield fragBytes(kernel, kernel.trait(skbFrag)(kernel, (shared + info.frags) as Kva, index));
  }
  let packet = mem.ptr(shared, info.list);
  for (let n = 0; packet !== NULL && n < MAX_FRAGS; n++) {
    yield skbBytes(kernel, packet);
    packet = mem.ptr(packet, at.next);
  }
}

/** The pages of a compound page are neighbours in the direct map. */
function fragBytes(kernel: Kernel, { page, offset, length }: Frag): Uint8Array {
  const { mem } = kernel;
  if (length > MAX_BYTES) throw mem.fault('corrupt', `a page fragment of ${length} bytes`, page);
  return mem.bytes(mem.directAddress(pfnOfPage(kernel, page) * PAGE), length, offset);
}

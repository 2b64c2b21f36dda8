// Address spaces: mm, the index of VMAs, VMAs, page tables.
import type { Hex } from '../../../src/base/address.js';
import type { Surgeon } from '../../unit/helpers/surgeon.js';
import { type Damage, NOT_CANONICAL, POISON, UNMAPPED, VICTIM } from './damage.js';

export const MEMORY: readonly Damage[] = [
  ...[POISON, UNMAPPED, NOT_CANONICAL].map(
    (pointer): Damage => ({
      what: `a wild mm pointer, 0x${pointer.toString(16)}`,
      change: (on) => on.set(on.task(VICTIM).address, 'task_struct.mm', pointer),
      show: ['ps', 'overview', `maps ${VICTIM}`, 'pages --all', `task ${VICTIM}`],
      faults: ['bad-pointer', 'not-mapped', 'hole'],
    }),
  ),
  {
    what: 'an mm pointer to something else',
    change: (on) => on.set(on.task(VICTIM).address, 'task_struct.mm', BigInt(on.task('vi').address)),
    show: ['ps', `maps ${VICTIM}`, 'pages --all', `task ${VICTIM}`],
    faults: ['bad-pointer', 'not-mapped', 'corrupt', 'loop', 'hole'],
  },
  {
    what: 'arguments and environment of petabytes',
    change: (on) => {
      const mm = on.task(VICTIM).mm as Hex;
      on.set(mm, 'mm_struct.arg_start', 0x1000n);
      on.set(mm, 'mm_struct.arg_end', 0x7fff_ffff_f000n);
      on.set(mm, 'mm_struct.env_end', 0xffff_ffff_ffff_ffffn);
    },
    show: [`task ${VICTIM}`, 'overview'],
    faults: [],
  },
  {
    what: 'a VMA that ends before it starts',
    change: (on) => on.set(vmaOf(on), 'vm_area_struct.vm_end', 0x1000n),
    show: [`maps ${VICTIM}`, `pages ${VICTIM}`],
    faults: ['corrupt', 'bad-pointer'],
  },
  {
    what: 'a VMA of all addresses',
    change: (on) => {
      on.set(vmaOf(on), 'vm_area_struct.vm_start', 0n);
      on.set(vmaOf(on), 'vm_area_struct.vm_end', 0xffff_ffff_ffff_f000n);
    },
    show: [`maps ${VICTIM}`, `pages ${VICTIM} --runs`],
    faults: ['corrupt'],
  },
  ...[POISON, UNMAPPED, NOT_CANONICAL].map(
    (pointer): Damage => ({
      what: `a VMA's file at 0x${pointer.toString(16)}`,
      change: (on) => on.set(vmaOf(on), 'vm_area_struct.vm_file', pointer),
      show: [`maps ${VICTIM}`, `pages ${VICTIM}`],
      faults: ['bad-pointer', 'not-mapped'],
    }),
  ),
  ...[POISON, NOT_CANONICAL, 0n].map(
    (pointer): Damage => ({
      what: `an index of VMAs at 0x${pointer.toString(16)}`,
      change: (on) => {
        const [struct, root] = on.has('mm_struct.mm_mt')
          ? ['mm_struct.mm_mt', 'ma_root']
          : ['mm_struct', 'mmap'];
        on.set(on.task(VICTIM).mm as Hex, `${struct}.${root}`, pointer);
      },
      show: [`maps ${VICTIM}`, `pages ${VICTIM}`],
      faults: ['bad-pointer', 'not-mapped', 'corrupt'],
    }),
  ),
  {
    what: 'an index of VMAs that leads back into itself',
    change: (on) => {
      const mm = on.task(VICTIM).mm as Hex;
      if (on.has('mm_struct.mm_mt')) loopMapleTree(on, mm);
      else on.set(vmaOf(on, 5), 'vm_area_struct.vm_next', BigInt(vmaOf(on, 0)));
    },
    show: [`maps ${VICTIM}`, `pages ${VICTIM}`],
    faults: ['loop', 'corrupt', 'bound'],
  },
  {
    what: 'page tables that are their own tables',
    change: (on) => {
      const { pgd } = on.sound.mm(on.task(VICTIM)) as { pgd: number };
      for (let entry = 0; entry < 256; entry++) on.overlay.u64(pgd + entry * 8, BigInt(pgd) | 0x67n);
    },
    show: [`pages ${VICTIM} --runs`, `translate 400000 --pid ${VICTIM}`, `read 400000 --pid ${VICTIM}`],
    faults: [],
  },
  {
    what: 'page tables full of ones',
    change: (on) => {
      const { pgd } = on.sound.mm(on.task(VICTIM)) as { pgd: number };
      on.overlay.write(pgd, new Uint8Array(2048).fill(0xff));
    },
    show: [`pages ${VICTIM}`, `translate 400000 --pid ${VICTIM}`],
    faults: ['hole', 'bad-pointer'],
  },
];

function vmaOf(on: Surgeon, index = 0): Hex {
  return on.sound.vmas(on.task(VICTIM))[index]?.address as Hex;
}

/** Every slot of the root's node leads to the root. */
function loopMapleTree(on: Surgeon, mm: Hex): void {
  const root = on.get(mm, 'mm_struct.mm_mt.ma_root');
  const node = root & ~0xffn;
  for (let word = 1n; word < 32n; word++) on.word(node + word * 8n, root);
}

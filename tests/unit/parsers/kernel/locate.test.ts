import { describe, expect, test } from 'vitest';
import type { Phys } from '../../../../src/base/address.js';
import { AbsentError, InputError } from '../../../../src/base/error.js';
import type { Image, Layout } from '../../../../src/parsers/image/image.js';
import { PhysicalMemory } from '../../../../src/parsers/image/physical-memory.js';
import { openKernel } from '../../../../src/parsers/kernel/open-kernel.js';
import type { KallsymsEra } from '../../helpers/kallsyms-encoder.js';
import { type Making, MEMORY_BYTES, madeMachine, vmcoreinfoOf } from '../../helpers/made-machine.js';
import { SparseMemory } from '../../helpers/sparse-memory.js';

const MIB = 1 << 20;
const GIB = 2 ** 30;
const FIVE = { levels: 5, directMap: 0xff2f_d137_4000_0000n } as const;
const opened = (memory: SparseMemory) => openKernel(memory.memory(), { noCache: true });

function refusal(memory: SparseMemory): InputError {
  try {
    opened(memory);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('a kernel was found');
}

const MACHINES: [era: KallsymsEra, levels: 4 | 5][] = [
  ['5.10', 4],
  ['6.2', 5],
  ['6.4', 4],
  ['6.15', 5],
  ['7.0', 4],
  ['7.0', 5],
];

describe.each(MACHINES)('a kernel with the kallsyms of %s and %i levels', (era, levels) => {
  const wishes = levels === 5 ? { era, ...FIVE } : { era };

  test('is found and described', () => {
    const { memory, banner } = madeMachine(wishes);
    const { location } = opened(memory);
    expect(location).toMatchObject({
      release: '6.12.0-made',
      banner,
      buildId: '00112233445566778899aabbccddeeff00112233',
      kaslrOffset: 0x1260_0000,
      physBase: 32 * MIB - 0x1360_0000,
      pagingLevels: levels,
    });
    expect(location.vmcoreinfoFrom).toMatch(/^memory at 0xff/);
    expect(location.vmcoreinfo.get('OSRELEASE')).toBe('6.12.0-made');
  });

  test('has its symbols where it ran', () => {
    const { memory, symbols } = madeMachine(wishes);
    const kernel = opened(memory);
    for (const { name, address } of symbols.slice(0, 20)) expect(kernel.symbols.address(name)).toBe(address);
    expect(kernel.mem.cstr(kernel.symbol('linux_banner'))).toContain('Linux version');
    const start = levels === 5 ? FIVE.directMap : 0xffff_9d40_0000_0000n;
    expect(kernel.mem.fold.toBig(kernel.mem.directMap.start)).toBe(start);
  });

  test('is found by searching when the page at the start of .rodata is missing', () => {
    const { memory, at } = madeMachine(wishes);
    memory.hole(at.head);
    expect(opened(memory).location.evidence[0]).toContain('by searching all memory');
  });
});

describe('a kernel without CONFIG_RANDOMIZE_MEMORY', () => {
  test.each([
    [4, 0xffff_8880_0000_0000n],
    [5, 0xff11_0000_0000_0000n],
  ] as const)('has its direct map at the constant of %i levels', (levels, directMap) => {
    const { memory } = madeMachine({ levels, directMap, hasBases: false });
    const { mem, location } = opened(memory);
    expect(mem.fold.toBig(mem.directMap.start)).toBe(directMap);
    expect(location.evidence.at(-1)).toContain(
      `by the constant for ${levels} levels, as the page tables confirm`,
    );
  });
});

describe('damage', () => {
  test.each(['5.10', '6.2', '6.4', '6.15'] as const)(
    'without init_top_pgt (%s), linux_banner decides',
    (era) => {
      const { memory, at } = madeMachine({ era });
      memory.hole(at.root);
      const kernel = opened(memory);
      expect(kernel.mem.pageTables).toBeNull();
      expect(kernel.location.evidence.join()).toContain('init_top_pgt does not map the kernel');
    },
  );

  test('without kallsyms, the refusal says where the kernel was', () => {
    const { memory, at } = madeMachine();
    memory.hole(at.kallsyms, 256 << 10);
    const { message } = refusal(memory);
    expect(message).toContain('no kallsyms tables behind it');
    expect(message).toContain('Linux 6.12.0-made ran at physical 0x2000000');
  });

  test('memory without a kernel is refused, with what to do', () => {
    const memory = new SparseMemory(MEMORY_BYTES);
    memory.text(64 * MIB, 'just text');
    const { message, hint } = refusal(memory);
    expect(message).toContain('No 2 MiB of it begin with a Linux banner');
    expect(hint).toContain('--system-map');
  });
});

describe('two kernels in one memory', () => {
  const crash = { text: 80 * MIB, kaslr: 0x200_0000n, directMap: 0xffff_a000_0000_0000n } as const;
  const two = (wishes: Partial<Making> = {}, crashWishes: Partial<Making> = {}) => {
    const main = madeMachine(wishes);
    madeMachine({ ...crash, isCrashKernel: true, release: '6.12.0-crash', ...crashWishes }, main.memory);
    return main.memory;
  };
  const opened = (memory: SparseMemory, kernel?: 'dead' | 'crash') =>
    openKernel(memory.memory(), { noCache: true, kernel }).location;
  const reserves = [64 * MIB, 112 * MIB] as const;

  test('the one that died is read, and the other named', () => {
    for (const kernel of [undefined, 'dead'] as const) {
      const { release, evidence } = opened(two(), kernel);
      expect(release).toBe('6.12.0-made');
      expect(evidence.join()).toContain('passed over: the crash kernel at 0x5000000');
    }
  });

  test('the crash kernel is read on demand, without a word on where it was to be', () => {
    const { release, evidence } = opened(two(), 'crash');
    expect(release).toBe('6.12.0-crash');
    expect(evidence.join()).toContain('this is the crash kernel: it has an elfcorehdr');
  });

  test('in the reservation of the other, one is a crash kernel whatever it says of itself', () => {
    const memory = two({ reserves }, { isCrashKernel: false });
    expect(opened(memory).release).toBe('6.12.0-made');
    expect(opened(memory).evidence.join()).toContain('passed over: the crash kernel at 0x5000000');
    const { release, evidence } = opened(memory, 'crash');
    expect(release).toBe('6.12.0-crash');
    expect(evidence[0]).toBe('in the reservation 0x4000000–0x7000000 of the kernel at 0x2000000');
  });

  test('and so the lower of the two need not be the one that died', () => {
    const low = { reserves: [16 * MIB, 48 * MIB] as const, text: 80 * MIB, kaslr: 0x200_0000n };
    const memory = two(low, { text: 32 * MIB, isCrashKernel: false, kaslr: 0x1260_0000n });
    expect(opened(memory).release).toBe('6.12.0-made');
    expect(opened(memory, 'crash').release).toBe('6.12.0-crash');
  });

  test('only the reservation is searched for it', () => {
    const { memory } = madeMachine({ reserves: [96 * MIB, 112 * MIB] });
    const image = memory.image();
    const read: number[] = [];
    const counted: Image = {
      ...image,
      read: (at, into) => {
        read.push(at);
        return image.read(at, into);
      },
      data: (start, end) => {
        expect([start, end]).toEqual([96 * MIB, 112 * MIB]);
        return [{ start, end }];
      },
    };
    const options = { noCache: true, kernel: 'crash' } as const;
    expect(() => openKernel(new PhysicalMemory(counted), options)).toThrow(
      /no crash kernel has booted in this memory: none is in its reservation 0x6000000–0x7000000/,
    );
    // The kernel that died took one page of each 2 MiB.
    expect(read.filter((at) => at >= 96 * MIB && at < 112 * MIB).length).toBeGreaterThan(8);
  });

  test('what is not there is not made up: neither a crash kernel nor a dead one', () => {
    const absent = (memory: SparseMemory, kernel: 'dead' | 'crash') => {
      try {
        return opened(memory, kernel).release;
      } catch (error) {
        return error instanceof AbsentError ? error.message : error;
      }
    };
    expect(absent(madeMachine().memory, 'crash')).toContain('had no memory reserved');
    const alone = madeMachine({ isCrashKernel: true }).memory;
    expect(absent(alone, 'dead')).toContain('but a crash kernel at 0x2000000');
    expect(absent(alone, 'crash')).toBe('6.12.0-made');
  });

  test('of a crash kernel alone it is said that it is one', () => {
    const { memory } = madeMachine({ isCrashKernel: true });
    expect(opened(memory).evidence.join()).toContain('this is the crash kernel');
  });

  test('a note of the crash kernel does not describe the one that died', () => {
    const memory = two();
    memory.notes.push({ name: 'VMCOREINFO', type: 0, desc: vmcoreinfoOf(crash) });
    for (const [kernel, offset] of [
      ['dead', 0x1260_0000],
      ['crash', 0x200_0000],
    ] as const) {
      const { kaslrOffset, vmcoreinfoFrom } = opened(memory, kernel);
      expect(kaslrOffset).toBe(offset);
      expect(vmcoreinfoFrom === 'ELF note').toBe(kernel === 'crash');
    }
  });
});

describe('a raw image with the PC’s hole', () => {
  const SIZE = 4 * GIB;
  const layouts: Layout[] = [3 * GIB, 2 * GIB].map((split) => ({
    name: `hole at ${split / GIB} GiB`,
    split,
    evidence: null,
  }));

  /** The file's first bytes are the made memory; the rest is empty. */
  function laidOut(file: SparseMemory, layout: Layout): Image {
    const end = 4 * GIB + SIZE - layout.split;
    const ranges = [
      { start: 0 as Phys, end: layout.split as Phys },
      { start: (4 * GIB) as Phys, end: end as Phys },
    ];
    return {
      ...file.image(),
      ranges,
      layouts,
      layout,
      format: `raw (${layout.name})`,
      withLayout: (other) => laidOut(file, other),
    };
  }

  const ramWithSplit = (split: number): [number, number][] => [
    [0, split - MIB],
    [4 * GIB, 4 * GIB + SIZE - split],
  ];

  test.each([0, 1])('the kernel’s memory map chooses layout %i', (index) => {
    const right = layouts[index] as Layout;
    const { memory } = madeMachine({ ram: ramWithSplit(right.split) });
    const kernel = openKernel(new PhysicalMemory(laidOut(memory, layouts[0] as Layout)), { noCache: true });
    expect(kernel.mem.physical.image.layout).toBe(right);
  });

  test('a memory map that fits none leaves the likeliest, and says so', () => {
    const { memory } = madeMachine({ ram: [[0, 5 * GIB]] });
    const kernel = openKernel(new PhysicalMemory(laidOut(memory, layouts[0] as Layout)), { noCache: true });
    expect(kernel.mem.physical.image.layout).toBe(layouts[0]);
    expect(kernel.location.evidence[0]).toContain('does not confirm this layout');
  });
});

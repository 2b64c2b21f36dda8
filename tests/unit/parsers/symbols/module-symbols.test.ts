import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { BpfSymbols } from '../../../../src/parsers/symbols/bpf-symbols.js';
import { ModuleSymbols } from '../../../../src/parsers/symbols/module-symbols.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

/** Of an Elf64_Sym. */
const SYM_BYTES = 24;
const TEXT = 0xffff_ffff_c000_0000n;

interface MadeModule {
  readonly name: string;
  readonly base: bigint;
  readonly symbols: readonly [name: string, letter: string, offset: number][];
  readonly exported?: string;
  readonly state?: number;
}

type Era = 'mem' | 'core_layout';

function machine(era: Era) {
  const made = new SyntheticKernel();
  const { types } = made;
  types.struct('list_head', { next: 'ptr', prev: 'ptr' });
  types.struct('module_memory', { base: 'ptr', size: 'u32' });
  types.struct('module_layout', { base: 'ptr', size: 'u32' });
  types.struct('kernel_symbol', { value_offset: 'i32', name_offset: 'i32', namespace_offset: 'i32' });
  types.struct('mod_kallsyms', { symtab: 'ptr', num_symtab: 'u32', strtab: 'ptr', typetab: 'ptr' });
  const memory = era === 'mem' ? { mem: 'module_memory[7]' } : { core_layout: 'module_layout' };
  const fixed = { state: 'u32', list: 'list_head', name: 'char[56]' };
  types.struct('module', { ...fixed, ...memory, kallsyms: 'ptr', syms: 'ptr', num_syms: 'u32' });
  return made;
}

function addModule(
  made: SyntheticKernel,
  era: Era,
  { name, base, symbols, exported, state = 0 }: MadeModule,
): Kva {
  const module = made.make('module', { name, state });
  const start =
    era === 'mem'
      ? types(made, 'module.mem') + types(made, 'module_memory.base')
      : types(made, 'module.core_layout.base');
  made.poke((module + start) as Kva, base);
  made.poke((module + start + 8) as Kva, 0x1000, 4);
  const table = made.make('mod_kallsyms', { num_symtab: symbols.length + 1 });
  const symtab = made.alloc(SYM_BYTES * (symbols.length + 1));
  const letters = made.alloc(symbols.length + 1);
  const strtab = made.alloc(1024);
  let next = 1;
  symbols.forEach(([text, letter, offset], i) => {
    const at = (symtab + SYM_BYTES * (i + 1)) as Kva;
    made.poke(at, next, 4);
    made.poke((at + 6) as Kva, 1, 2);
    made.poke((at + 8) as Kva, base + BigInt(offset));
    made.text((strtab + next) as Kva, text);
    made.text((letters + i + 1) as Kva, letter);
    next += text.length + 1;
  });
  made.set(table, 'mod_kallsyms.symtab', made.fold.toBig(symtab));
  made.set(table, 'mod_kallsyms.strtab', made.fold.toBig(strtab));
  made.set(table, 'mod_kallsyms.typetab', made.fold.toBig(letters));
  made.set(module, 'module.kallsyms', made.fold.toBig(table));
  if (exported) addExport(made, module, exported, base, symbols);
  return module;
}

function addExport(
  made: SyntheticKernel,
  module: Kva,
  name: string,
  base: bigint,
  symbols: MadeModule['symbols'],
): void {
  const entry = made.make('kernel_symbol');
  const text = made.alloc(64);
  made.text(text, name);
  const target = made.fold.fromBig(base) + (symbols.find(([one]) => one === name)?.[2] ?? 0);
  made.set(entry, 'kernel_symbol.value_offset', target - entry);
  made.set(entry, 'kernel_symbol.name_offset', text - (entry + 4));
  made.set(module, 'module.syms', made.fold.toBig(entry));
  made.set(module, 'module.num_syms', 1);
}

function types(made: SyntheticKernel, path: string): number {
  return made.types.member(path)?.offset ?? 0;
}

const FIRST: MadeModule = {
  name: 'virtio_blk',
  base: TEXT,
  symbols: [
    ['probe', 't', 0x10],
    ['remove', 't', 0x40],
    ['shared', 'd', 0x80],
  ],
};
const SECOND: MadeModule = { name: 'virtio', base: TEXT + 0x10_0000n, symbols: [['shared', 'b', 8]] };

function opened(era: Era, modules: readonly MadeModule[]) {
  const made = machine(era);
  const head = made.make('list_head');
  const at = modules.map((module) => addModule(made, era, module));
  made.list(
    head,
    at.map((module) => (module + types(made, 'module.list')) as Kva),
  );
  made.symbol('modules', head);
  const open = () => {
    const kernel = made.kernel();
    return new ModuleSymbols(kernel.mem, kernel.types, kernel.symbols, kernel.faults);
  };
  return { made, at, open, kva: (address: bigint) => made.fold.fromBig(address) };
}

describe.each(['mem', 'core_layout'] as const)('modules with %s', (era) => {
  test('give their symbols in order, and the first of a name', () => {
    const { open, kva } = opened(era, [FIRST, SECOND]);
    const symbols = open();
    expect([...symbols.all()].map(({ name, type, module }) => `${type} ${name} ${module}`)).toEqual([
      't probe virtio_blk',
      't remove virtio_blk',
      'd shared virtio_blk',
      'b shared virtio',
    ]);
    expect(symbols.address('shared')).toBe(kva(TEXT + 0x80n));
    expect(symbols.address('gone')).toBeUndefined();
  });

  test('name the addresses within them only', () => {
    const { open, kva } = opened(era, [FIRST, SECOND]);
    const near = open().nearest(kva(TEXT + 0x45n));
    expect(near).toEqual({ name: 'remove', offset: 5, module: 'virtio_blk' });
    expect(open().nearest(kva(TEXT + 0x5000n))).toBeUndefined();
    expect(open().nearest(kva(TEXT + 0x2n))).toBeUndefined();
  });
});

test('exported symbols have capital letters', () => {
  const made = machine('mem');
  const head = made.make('list_head');
  // References reach 2 GiB: module and table lie together here.
  const base = made.fold.toBig(made.alloc(0x1000));
  const module = addModule(made, 'mem', { ...FIRST, base, exported: 'remove' });
  made.list(head, [(module + types(made, 'module.list')) as Kva]);
  made.symbol('modules', head);
  const kernel = made.kernel();
  const symbols = new ModuleSymbols(kernel.mem, kernel.types, kernel.symbols, kernel.faults);
  expect([...symbols.all()].map(({ type }) => type)).toEqual(['t', 'T', 'd']);
});

describe('the list of modules', () => {
  test('leaves out what is not formed yet', () => {
    const { made, open } = opened('mem', [FIRST, { ...SECOND, state: 3 }]);
    made.types.enum({ MODULE_STATE_UNFORMED: 3 });
    expect([...open().all()].map(({ module }) => module)).not.toContain('virtio');
  });

  test('that loops ends with a fault; what was read is kept', () => {
    const { made, at, open } = opened('mem', [FIRST, SECOND]);
    const list = types(made, 'module.list');
    made.poke(((at[1] as number) + list) as Kva, made.fold.toBig(((at[0] as number) + list) as Kva));
    expect([...open().all()]).toHaveLength(4);
    expect(made.faults.records[0]?.kind).toBe('loop');
  });

  test('with one broken table loses that module only', () => {
    const { made, at, open } = opened('mem', [FIRST, SECOND]);
    made.set(at[0] as Kva, 'module.kallsyms', 0xdead_0000_0000_0100n);
    expect([...open().all()].map(({ module }) => module)).toEqual(['virtio']);
    expect(made.faults.records[0]).toMatchObject({ kind: 'bad-pointer', path: ['module virtio_blk'] });
  });

  test('of a kernel without modules is empty', () => {
    const made = machine('mem');
    const kernel = made.kernel();
    const symbols = new ModuleSymbols(kernel.mem, kernel.types, kernel.symbols, kernel.faults);
    expect([...symbols.all()]).toEqual([]);
    expect(kernel.faults.count).toBe(0);
  });
});

describe('BPF programs', () => {
  test('are named within their bounds', () => {
    const made = new SyntheticKernel();
    made.types.struct('list_head', { next: 'ptr', prev: 'ptr' });
    made.types.struct('bpf_ksym', { start: 'u64', end: 'u64', name: 'char[512]', lnode: 'list_head' });
    const [start, end] = [TEXT + 0x8000n, TEXT + 0x8100n];
    const program = made.make('bpf_ksym', { start, end, name: 'bpf_prog_a04f5eef06a7f555' });
    const head = made.make('list_head');
    made.list(head, [(program + types(made, 'bpf_ksym.lnode')) as Kva]);
    made.symbol('bpf_kallsyms', head);
    const kernel = made.kernel();
    const symbols = new BpfSymbols(kernel.mem, kernel.types, kernel.symbols, kernel.faults);
    const near = symbols.nearest(made.fold.fromBig(start + 4n));
    expect(near).toEqual({ name: 'bpf_prog_a04f5eef06a7f555', offset: 4, module: 'bpf' });
    expect(symbols.nearest(made.fold.fromBig(end))).toBeUndefined();
    expect([...symbols.all()]).toHaveLength(1);
  });
});

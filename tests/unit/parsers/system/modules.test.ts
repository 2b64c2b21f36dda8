import { describe, expect, test } from 'vitest';
import type { Kva } from '../../../../src/base/address.js';
import { readModules } from '../../../../src/parsers/system/modules.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

const COMMON = {
  state: 'u32',
  list: 'list_head',
  name: 'char[56]',
  version: 'ptr',
  srcversion: 'ptr',
  taints: 'u64',
  source_list: 'list_head',
  init: 'ptr',
  exit: 'ptr',
  refcnt: 'i32',
  sect_attrs: 'ptr',
  notes_attrs: 'ptr',
} as const;

function kernelWith(module: Record<string, string>): SyntheticKernel {
  const made = new SyntheticKernel();
  made.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('attribute', { name: 'ptr', mode: 'u32' })
    .struct('bin_attribute', { attr: 'attribute', size: 'u64', private: 'ptr' })
    .struct('module_use', {
      source_list: 'list_head',
      target_list: 'list_head',
      source: 'ptr',
      target: 'ptr',
    })
    .struct('module_layout', { base: 'ptr', size: 'u32' })
    .struct('module_memory', { base: 'ptr', is_rox: 'bool', size: 'u32' })
    .struct('module', module);
  return made;
}

interface Wish {
  readonly name: string;
  readonly values: Readonly<Record<string, number | string>>;
  /** Indices of the modules that use it. */
  readonly users?: readonly number[];
}

function load(made: SyntheticKernel, wishes: readonly Wish[]): Kva[] {
  const modules = wishes.map(({ name, values }) =>
    made.make('module', { name, refcnt: 1, exit: 1, ...values }),
  );
  for (const [n, { users = [] }] of wishes.entries()) {
    const uses = users.map((user) => made.make('module_use', { source: modules[user] as Kva }));
    made.list(((modules[n] as Kva) + offset(made, 'source_list')) as Kva, uses);
  }
  const head = made.make('list_head');
  made.symbol('modules', head);
  made.list(
    head,
    modules.map((module) => (module + offset(made, 'list')) as Kva),
  );
  return modules;
}

function offset(made: SyntheticKernel, member: string): number {
  return made.types.member(`module.${member}`)?.offset as number;
}

function string(made: SyntheticKernel, text: string): Kva {
  const at = made.alloc(text.length + 1);
  made.text(at, text);
  return at;
}

describe('modules', () => {
  test('with a region per kind of memory (6.4)', () => {
    const made = kernelWith({ ...COMMON, mem: 'module_memory[7]' });
    const [first] = load(made, [
      { name: 'top', values: { refcnt: 1 } },
      { name: 'base', values: { refcnt: 3, state: 2, taints: 1 << 12 }, users: [0] },
    ]) as [Kva, Kva];
    const memory = first + offset(made, 'mem');
    const size = made.types.sizeOf('module_memory') as number;
    for (const [type, bytes] of [8192, 4096, 4096].entries()) {
      made.set((memory + type * size) as Kva, 'module_memory.base', -0x4000_0000 + type * 0x1_0000);
      made.set((memory + type * size) as Kva, 'module_memory.size', bytes);
    }
    const kernel = made.kernel();
    const [top, base] = readModules(kernel);
    expect(top).toMatchObject({
      name: 'top',
      base: '0xffffffffc0000000',
      size: 16384,
      references: 0,
      usedBy: [],
    });
    expect(base).toMatchObject({
      name: 'base',
      references: 2,
      usedBy: ['top'],
      state: 'Unloading',
      taint: 'O-',
    });
  });

  test('with core and init layout, sections counted, a build id', () => {
    const made = kernelWith({ ...COMMON, core_layout: 'module_layout', init_layout: 'module_layout' });
    made.types
      .struct('module_sect_attr', { battr: 'bin_attribute', address: 'ptr' })
      .struct('module_sect_attrs', { grp: 'u64', nsections: 'u32', attrs: 'module_sect_attr[1]' })
      .struct('module_notes_attrs', { dir: 'ptr', notes: 'u32', attrs: 'bin_attribute[1]' });
    const sections = made.make('module_sect_attrs', { nsections: 1, 'attrs.address': -4096 });
    made.set(sections, 'module_sect_attrs.attrs.battr.attr.name', string(made, '.text'));
    const note = made.alloc(32);
    for (const [n, word] of [4, 4, 3, 0x554e47, 0xefbeadde].entries())
      made.poke((note + n * 4) as Kva, word, 4);
    const notes = made.make('module_notes_attrs', { notes: 1, 'attrs.private': note, 'attrs.size': 20 });
    made.set(notes, 'module_notes_attrs.attrs.attr.name', string(made, '.note.gnu.build-id'));
    load(made, [
      {
        name: 'old',
        values: {
          'core_layout.base': -8192,
          'core_layout.size': 4096,
          version: string(made, '1.2'),
          sect_attrs: sections,
          notes_attrs: notes,
          init: 1,
          exit: 0,
        },
      },
    ]);
    const kernel = made.kernel();
    expect(readModules(kernel)).toMatchObject([
      {
        size: 4096,
        base: '0xffffffffffffe000',
        usedBy: ['[permanent]'],
        version: '1.2',
        srcVersion: null,
        buildId: 'deadbeef',
        sections: [{ name: '.text', address: '0xfffffffffffff000' }],
      },
    ]);
    expect(kernel.faults.records).toEqual([]);
  });

  test('sections in an attribute group that NULL ends (6.14)', () => {
    const made = kernelWith({ ...COMMON, mem: 'module_memory[7]' });
    made.types
      .struct('attribute_group', { name: 'ptr', bin_attrs: 'ptr' })
      .struct('module_sect_attrs', { grp: 'attribute_group', attrs: 'bin_attribute[1]' });
    const list = made.alloc(32);
    const sections = made.make('module_sect_attrs', { 'grp.bin_attrs': list });
    for (const [n, name] of ['.text', '.data'].entries()) {
      const attribute = made.make('bin_attribute', {
        'attr.name': string(made, name),
        private: -4096 * (n + 1),
      });
      made.poke((list + n * 8) as Kva, attribute);
    }
    load(made, [{ name: 'new', values: { sect_attrs: sections } }]);
    expect(readModules(made.kernel())[0]?.sections).toEqual([
      { name: '.text', address: '0xfffffffffffff000' },
      { name: '.data', address: '0xffffffffffffe000' },
    ]);
  });

  test('a looped list is read once', () => {
    const made = kernelWith({ ...COMMON, mem: 'module_memory[7]' });
    const modules = load(
      made,
      ['a', 'b', 'c'].map((name) => ({ name, values: {} })),
    );
    const node = (n: number) => ((modules[n] as Kva) + offset(made, 'list')) as Kva;
    made.set(node(1), 'list_head.next', node(0));
    const kernel = made.kernel();
    expect(readModules(kernel).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(kernel.faults.records.map(({ kind }) => kind)).toContain('loop');
  });
});

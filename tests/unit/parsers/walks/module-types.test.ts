import { describe, expect, test } from 'vitest';
import { openBtf } from '../../../../src/parsers/types/btf.js';
import { forEachModuleTypes, moduleTypes } from '../../../../src/parsers/walks/module-types.js';
import { BtfBuilder } from '../../helpers/btf-builder.js';
import { SyntheticKernel } from '../../helpers/synthetic-memory.js';

function kernel() {
  const made = new SyntheticKernel();
  made.types
    .struct('list_head', { next: 'ptr', prev: 'ptr' })
    .struct('module', { state: 'u32', name: 'char[56]' })
    .struct('btf', { data: 'ptr', data_size: 'u32', start_id: 'u32' })
    .struct('btf_module', { list: 'list_head', module: 'ptr', btf: 'ptr' });
  const types = new BtfBuilder();
  const int = types.int('int', 4);
  const base = openBtf(types.bytes());
  made.types.whole = () => base;
  const add = (name: string, startId: number) => {
    const split = new BtfBuilder(types.end);
    split.struct(`${name}_device`, 8, [['id', int, 32]]);
    const bytes = split.bytes();
    const data = made.alloc(bytes.length);
    made.bytes(data, bytes);
    const btf = made.make('btf', { data, data_size: bytes.length, start_id: startId });
    return made.make('btf_module', { module: made.make('module', { name }), btf });
  };
  const head = made.make('list_head');
  made.list(head, [add('virtio', 2), add('broken', 99)]);
  made.symbol('btf_modules', head);
  return made.kernel();
}

describe('types of a module', () => {
  test('go on where the kernel’s end', () => {
    const types = moduleTypes(kernel(), 'virtio');
    expect(types?.member('virtio_device.id')?.offset).toBe(4);
    expect(types?.sizeOf('int')).toBe(4);
    expect(types?.origin).toMatch(/^BTF of virtio in memory at 0xffff/);
  });

  test('are none where no module has the name', () => {
    expect(moduleTypes(kernel(), 'none')).toBeUndefined();
  });

  test('of another base are a fault, recorded', () => {
    const dead = kernel();
    expect(moduleTypes(dead, 'broken')).toBeUndefined();
    expect(dead.faults.records.map((fault) => fault.kind)).toEqual(['corrupt']);
    const names: string[] = [];
    forEachModuleTypes(dead, (name) => names.push(name));
    expect(names).toEqual(['virtio', 'broken']);
  });
});

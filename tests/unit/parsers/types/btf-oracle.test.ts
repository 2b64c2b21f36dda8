// Every struct, union and enum of a kernel, as bpftool reads it. Runs on the BTF files named in OW_BTF_FILES (separated by
// colons; `FILE+SPLIT` for a module's on its kernel's) and on this machine's own kernel, where there is one.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Btf, openBtf } from '../../../../src/parsers/types/btf.js';
import { hasBpftool, isReadable, Oracle, type OracleType, readWithBpftool } from './bpftool.js';

const OWN = '/sys/kernel/btf/vmlinux';
const asked = (process.env['OW_BTF_FILES'] ?? '').split(':').filter((file) => file !== '');
// A bpftool that is older than this machine's kernel may not know its BTF.
const files = [...asked, ...(existsSync(OWN) && isReadable(OWN) ? [OWN] : [])];

function open(files: string): { btf: Btf; oracle: Oracle } {
  const [base = '', split] = files.split('+');
  const whole = openBtf(new Uint8Array(readFileSync(base)));
  const types = readWithBpftool(base);
  if (split === undefined) return { btf: whole, oracle: new Oracle(types) };
  const btf = openBtf(new Uint8Array(readFileSync(split)), whole);
  for (const [id, type] of readWithBpftool(split, base)) types.set(id, type);
  return { btf, oracle: new Oracle(types) };
}

const isAggregate = (type: OracleType) => type.kind === 'STRUCT' || type.kind === 'UNION';

describe.skipIf(!hasBpftool()).each(files)('%s agrees with bpftool', (file) => {
  const { btf, oracle } = open(file);
  const all = [...oracle.types.values()];

  test('on the fields of every struct and union, and its size', () => {
    const wrong = all.filter((type) => {
      if (!isAggregate(type)) return false;
      const ours = btf.fields(type.id);
      return btf.bytes(type.id) !== type.size || JSON.stringify(ours) !== JSON.stringify(type.members);
    });
    expect(wrong).toEqual([]);
    expect(all.filter(isAggregate).length).toBeGreaterThan(0);
  });

  test('on every member looked up by name', () => {
    const names = new Map<string, OracleType[]>();
    for (const type of all.filter((one) => isAggregate(one) && one.name !== '')) {
      names.set(type.name, [...(names.get(type.name) ?? []), type]);
    }
    const wrong: string[] = [];
    let compared = 0;
    for (const [name, types] of names) {
      if (types.length > 1) continue; // which one is meant is ours to choose
      const seen = new Set<string>();
      for (const member of oracle.flat(types[0] as OracleType)) {
        if (seen.has(member.name)) continue;
        seen.add(member.name);
        compared++;
        const ours = btf.member(`${name}.${member.name}`);
        const array = oracle.resolve(member.type);
        const theirs = {
          offset: Math.floor(member.bitOffset / 8),
          size: oracle.size(member.type),
          bits: member.bitWidth ? { offset: member.bitOffset % 8, width: member.bitWidth } : null,
          count: array?.kind === 'ARRAY' ? array.elements : null,
        };
        if (JSON.stringify(ours) !== JSON.stringify(theirs)) wrong.push(`${name}.${member.name}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(0);
  });

  test('on the value of every enumerator whose name is unique', () => {
    const values = new Map<string, string[]>();
    for (const { name, value } of all.flatMap((type) => type.enumerators)) {
      values.set(name, [...(values.get(name) ?? []), value]);
    }
    const unique = [...values].filter(([, list]) => list.length === 1);
    const wrong = unique.filter(([name, [value]]) => {
      const ours = btf.enumerator(name);
      // bpftool prints what has no sign mark as unsigned, we (as the kernel did before 6.0) as signed
      return ours !== Number(value) && (ours ?? 0) + 2 ** 32 !== Number(value);
    });
    expect(wrong).toEqual([]);
  });
});

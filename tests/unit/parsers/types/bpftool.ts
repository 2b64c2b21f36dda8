// What bpftool says of a BTF file, read from its text: an oracle that shares no code with ours.

import { execFileSync } from 'node:child_process';

export interface OracleMember {
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  readonly bitWidth: number;
}

export interface OracleType {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly size: number;
  readonly type: number;
  readonly elements: number;
  readonly members: OracleMember[];
  readonly enumerators: { readonly name: string; readonly value: string }[];
}

export function hasBpftool(): boolean {
  return runs(['version']);
}

export function isReadable(file: string): boolean {
  return runs(['btf', 'dump', 'file', file, 'format', 'raw']);
}

function runs(args: readonly string[]): boolean {
  try {
    execFileSync('bpftool', args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function readWithBpftool(file: string, base?: string): Map<number, OracleType> {
  const args = ['btf', 'dump', 'file', file, 'format', 'raw'];
  const text = execFileSync('bpftool', base === undefined ? args : ['-B', base, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const types = new Map<number, OracleType>();
  let last: OracleType | undefined;
  for (const line of text.split('\n')) {
    const head = /^\[(\d+)\] (\w+) '(.*?)'(.*)$/.exec(line);
    if (head) {
      last = header(head);
      types.set(last.id, last);
    } else if (last !== undefined) addLine(last, line);
  }
  return types;
}

function number(text: string, key: string): number {
  return Number(new RegExp(` ${key}=(\\d+)`).exec(text)?.[1] ?? 0);
}

function header([, id, kind = '', name = '', rest = '']: RegExpExecArray): OracleType {
  return {
    id: Number(id),
    kind,
    name: name === '(anon)' ? '' : name,
    size: number(rest, 'size'),
    type: number(rest, 'type_id'),
    elements: number(rest, 'nr_elems'),
    members: [],
    enumerators: [],
  };
}

function addLine(last: OracleType, line: string): void {
  const [, name = '', rest = ''] = /^\t'(.*?)' (.*)$/.exec(line) ?? [];
  if (rest.startsWith('val=')) last.enumerators.push({ name, value: rest.replace(/val=|U?LL/g, '') });
  if (!rest.includes('bits_offset=')) return;
  last.members.push({
    name: name === '(anon)' ? '' : name,
    type: number(` ${rest}`, 'type_id'),
    bitOffset: number(rest, 'bits_offset'),
    bitWidth: number(rest, 'bitfield_size'),
  });
}

/** Sizes and members by the oracle's own text, through typedefs, arrays and anonymous structs. */
export class Oracle {
  constructor(readonly types: Map<number, OracleType>) {}

  resolve(id: number): OracleType | undefined {
    const type = this.types.get(id);
    const isAlias = type && /^(TYPEDEF|CONST|VOLATILE|RESTRICT|TYPE_TAG)$/.test(type.kind);
    return isAlias ? this.resolve(type.type) : type;
  }

  size(id: number): number {
    const type = this.resolve(id);
    if (type === undefined) return 0;
    if (type.kind === 'PTR') return 8;
    if (type.kind === 'ARRAY') return type.elements * this.size(type.type);
    return type.size;
  }

  /** Members by the name that C gives them: those of anonymous members belong to the struct. */
  flat(type: OracleType, base = 0): OracleMember[] {
    return type.members.flatMap((member) => {
      const inner = this.resolve(member.type);
      if (member.name !== '') return [{ ...member, bitOffset: base + member.bitOffset }];
      return inner ? this.flat(inner, base + member.bitOffset) : [];
    });
  }
}

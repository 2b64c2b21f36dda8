// The machine: what it was, its modules and its log; and what all else rests on: symbols, and the layout of structures
// (from BTF here, from DWARF there).

import { account, type Kind, type Ours, subject, text, utf8, type Value } from '../facts.js';
import type { Oracle } from '../oracle.js';

export const machine: Kind = {
  name: 'machine',
  ours: ({ snapshot: { system, kernel } }) =>
    new Map([
      [
        'machine',
        subject(system.hostname, {
          release: system.release,
          version: system.version,
          machine: system.machine,
          'host name': system.hostname,
          'command line': system.commandLine,
          'paging levels': kernel.pagingLevels,
          'CPUs present': system.cpus.present,
          'CPU that panicked': system.panic.cpu,
        }),
      ],
    ]),
  theirs: ({ system }) =>
    new Map([
      [
        'machine',
        subject('machine', {
          release: system['release'] as Value,
          version: system['version'] as Value,
          machine: system['machine'] as Value,
          'host name': system['nodename'] as Value,
          'command line': system['command_line'] as Value,
          'paging levels': system.five_level ? 5 : 4,
          'CPUs present': system.present_cpus.length,
          'CPU that panicked': system['panic_cpu'] as Value,
        }),
      ],
    ]),
};

const STATES = ['Live', 'Loading', 'Unloading'];

export const modules: Kind = {
  name: 'module',
  ours: ({ snapshot }) =>
    account(snapshot.modules, ({ name, address, base, size, state }) => [
      address,
      subject(name, { name, base, size, state }),
    ]),
  theirs: ({ modules: all }) =>
    account(all ?? [], ({ name, address, regions, state }) => [
      address,
      subject(name, {
        name,
        base: regions[0]?.start ?? null,
        size: regions.reduce((sum, region) => sum + region.size, 0),
        state: STATES[state] ?? null,
      }),
    ]),
};

export const log: Kind = {
  name: 'log record',
  ours: ({ snapshot }) =>
    account(snapshot.log, (record) => [
      String(record.sequence),
      subject(`record ${record.sequence}`, {
        time: text(record.timestamp),
        level: record.level,
        text: record.text,
      }),
    ]),
  theirs: ({ dmesg }) =>
    account(dmesg ?? [], (record) => [
      String(record.seq),
      subject(`record ${record.seq}`, {
        time: text(record.nanoseconds),
        level: record.level,
        text: utf8(record.text),
      }),
    ]),
};

export const symbols: Kind = {
  name: 'symbol',
  ours: ({ kernel }, { symbols: asked }) => {
    const names = new Map<string, Set<string>>();
    for (const { name, address } of kernel.symbols.all()) {
      const key = kernel.mem.hex(address);
      names.set(key, (names.get(key) ?? new Set()).add(name));
    }
    return account(asked?.sample ?? [], ([address, name]) => [
      `${address} ${name}`,
      subject(`${address} ${name}`, { known: names.get(address)?.has(name) ?? false }),
    ]);
  },
  theirs: ({ symbols: all }) =>
    account(all?.sample ?? [], ([address, name]) => [
      `${address} ${name}`,
      subject(`${address} ${name}`, { known: true }),
    ]),
};

export const types: Kind = {
  name: 'structure',
  ours: (ours, oracle) =>
    account(Object.entries(oracle.types), ([name, theirs]) => [
      name,
      subject(`struct ${name}`, ourStructure(ours, name, Object.keys(theirs?.members ?? {}))),
    ]),
  theirs: (oracle) =>
    account(Object.entries(oracle.types), ([name, structure]) => [
      name,
      subject(`struct ${name}`, theirStructure(structure)),
    ]),
};

function ourStructure({ kernel }: Ours, name: string, members: readonly string[]): Record<string, Value> {
  const whole = kernel.types.whole?.() ?? kernel.types;
  const offsets = members.map((member): [string, Value] => {
    const found = whole.member(`${name}.${member}`);
    return [`.${member}`, found === undefined ? null : bitPosition(found.offset, found.bits)];
  });
  return { size: members.length === 0 ? null : (whole.sizeOf(name) ?? null), ...Object.fromEntries(offsets) };
}

/** Bytes; with bits in an array, by the first bit and the number of them. */
function bitPosition(offset: number, bits: { offset: number; width: number } | null): Value {
  return bits === null ? offset : [offset * 8 + bits.offset, bits.width];
}

function theirStructure(structure: Oracle['types'][string]): Record<string, Value> {
  if (structure === null || structure === undefined) return { size: null };
  const members = Object.entries(structure.members).map(([name, { offset, bit, bits }]): [string, Value] => [
    `.${name}`,
    bits === undefined ? offset : [offset * 8 + (bit ?? 0), bits],
  ]);
  return { size: structure.size, ...Object.fromEntries(members) };
}

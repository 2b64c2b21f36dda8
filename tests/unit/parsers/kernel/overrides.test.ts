import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError, UsageError } from '../../../../src/base/error.js';
import { openKernel } from '../../../../src/parsers/kernel/open-kernel.js';
import { checkOverrides } from '../../../../src/parsers/kernel/overrides.js';
import { LinkedTable } from '../../../../src/parsers/symbols/linked-symbols.js';
import { writeSystemMap } from '../../../../src/parsers/symbols/system-map.js';
import { madeMachine } from '../../helpers/made-machine.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'overrides-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function exportMap(name: string, edit = (text: string) => text): string {
  const kernel = openKernel(madeMachine().memory.memory(), { noCache: true });
  const path = join(directory, name);
  writeFileSync(path, edit([...writeSystemMap(kernel.symbols, kernel.location.kaslrOffset)].join('')));
  return path;
}

describe('--system-map', () => {
  test('replaces kallsyms that are lost, for another boot too', () => {
    const systemMap = exportMap('map');
    const { memory, at, symbols } = madeMachine({ kaslr: 0x600_0000n, text: 64 << 20 });
    memory.hole(at.kallsyms, 256 << 10);
    const kernel = openKernel(memory.memory(), { noCache: true, systemMap });
    expect(kernel.symbol('init_task')).toBe(symbols.find(({ name }) => name === 'init_task')?.address);
    expect(kernel.location.evidence[0]).toBe(`symbols: ${systemMap}`);
    expect(kernel.symbols.origin).toBe(systemMap);
  });

  test('finds linux_banner by searching when the head is lost', () => {
    const systemMap = exportMap('map');
    const { memory, at } = madeMachine();
    memory.hole(at.head);
    expect(openKernel(memory.memory(), { noCache: true, systemMap }).location.release).toBe('6.12.0-made');
  });

  test('of another kernel is refused, and the dump’s is named', () => {
    const shift = (text: string) => text.replace(/^(\w+)(\w{4}) D linux_banner$/m, '$10010 D linux_banner');
    const systemMap = exportMap('other', shift);
    const open = () => openKernel(madeMachine().memory.memory(), { noCache: true, systemMap });
    expect(open).toThrow(InputError);
    expect(open).toThrow(/does not fit .* the dump has 6.12.0-made/);
  });
});

describe('--vmlinux', () => {
  const { location } = openKernel(madeMachine().memory.memory(), { noCache: true });
  const table = (buildId: string | null) => new LinkedTable([], 'vmlinux', buildId);

  test('must be of the dump’s build', () => {
    expect(() => checkOverrides(table('ff00'), location, {})).toThrow(UsageError);
    expect(() => checkOverrides(table(location.buildId), location, {})).not.toThrow();
    expect(() => checkOverrides(table(null), location, {})).not.toThrow();
  });

  test('of another build is used when the user insists', () => {
    expect(() => checkOverrides(table('ff00'), location, { force: true })).not.toThrow();
  });
});

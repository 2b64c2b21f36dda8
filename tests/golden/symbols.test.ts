// Symbols and types as files: what `ow symbols export` writes equals the kernel's own, and serves a dump that lost its
// tables.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kva } from '../../src/base/address.js';
import { inspectMemory, openDump } from '../../src/parsers/dump.js';
import { openImage } from '../../src/parsers/image/open.js';
import { PhysicalMemory } from '../../src/parsers/image/physical-memory.js';
import { SymbolLibrary } from '../../src/parsers/symbols/library.js';
import { readSymbolFile } from '../../src/parsers/symbols/symbol-file.js';
import { writeSystemMap } from '../../src/parsers/symbols/system-map.js';
import { typesFile } from '../../src/parsers/types/types-file.js';
import { forEachModuleTypes, typesWith } from '../../src/parsers/walks/module-types.js';
import { OverlayImage } from '../unit/helpers/overlay-image.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  let library: string;
  let buildId: string;
  let map: string;
  let btf: string;
  beforeAll(() => {
    fixture = openFixture(name);
    library = mkdtempSync(join(tmpdir(), 'otherworld-symbols-'));
    const { symbols, types, location } = fixture.dump.kernel;
    buildId = location.buildId as string;
    map = join(library, `${buildId}.map`);
    btf = join(library, `${buildId}.btf`);
    writeFileSync(map, [...writeSystemMap(symbols, location.kaslrOffset)].join(''));
    writeFileSync(btf, typesFile(types) as Uint8Array);
  });
  afterAll(() => {
    fixture.dump.close();
    rmSync(library, { recursive: true, force: true });
  });

  test('the types are the blob of /sys/kernel/btf/vmlinux', () => {
    const told = fixture.truth.btf['vmlinux'];
    expect(told?.size).toBeGreaterThan(1_000_000);
    expect(sha256(readFileSync(btf))).toBe(told?.sha256);
  });

  test('and so are the modules’', () => {
    const ours: Record<string, string> = {};
    forEachModuleTypes(fixture.dump.kernel, (module, types) => {
      ours[module] = sha256(typesFile(types()) as Uint8Array);
    });
    const theirs = Object.entries(fixture.truth.btf).filter(([module]) => module !== 'vmlinux');
    expect(ours).toEqual(Object.fromEntries(theirs.map(([module, { sha256: digest }]) => [module, digest])));
  });

  test('a type that only a module has is found there', () => {
    // 5.10 has no BTF of modules.
    const there = Object.keys(fixture.truth.btf).includes('virtio_blk');
    expect(typesWith(fixture.dump.kernel, 'virtio_blk').member('virtio_blk.vdev')?.size).toBe(
      there ? 8 : undefined,
    );
  });

  test('the build id is that of /sys/kernel/notes', () => {
    const notes = Buffer.from(bytesOfNotes(fixture), 'latin1');
    const at = notes.indexOf(Buffer.from('GNU\0', 'latin1'));
    expect(notes.subarray(at + 4, at + 24).toString('hex')).toBe(buildId);
  });

  test('a System.map and types by option give the same processes', () => {
    const dump = openDump(fixture.dumpPath, { noCache: true, systemMap: map, btf });
    expect(dump.kernel.symbols.origin).toContain(map);
    expect(dump.tasks).toEqual(fixture.dump.tasks);
    dump.close();
  });

  test('a dump whose kallsyms and BTF are lost is read by the library', ({ skip }) => {
    const image = new OverlayImage(openImage(fixture.dumpPath));
    const { symbols, mem } = fixture.dump.kernel;
    const found = /kallsyms: .* at (0x[0-9a-f]+)–(0x[0-9a-f]+)/.exec(
      fixture.dump.kernel.location.evidence.join('\n'),
    );
    const [start, end] = [Number(found?.[1]), Number(found?.[2])];
    image.write(start, new Uint8Array(end - start));
    image.write(mem.translate(symbols.address('__start_BTF') as Kva), new Uint8Array(1024));
    // In a large guest's other layouts the tables lie elsewhere and are whole.
    if (image.layouts.length > 1) return skip('not in this capture');
    const open = (from: SymbolLibrary | undefined) =>
      inspectMemory(new PhysicalMemory(image), { noCache: true, library: from });
    expect(() => open(undefined)).toThrow(/kallsyms|no Linux kernel/);
    const dump = open(new SymbolLibrary([library]));
    expect(dump.kernel.symbols.origin).toContain(map);
    expect(dump.tasks).toEqual(fixture.dump.tasks);
  });

  test('files are told apart by their contents', () => {
    expect(readSymbolFile(map).table?.symbols.length).toBeGreaterThan(50_000);
    expect(sha256(readSymbolFile(btf).types as Uint8Array)).toBe(fixture.truth.btf['vmlinux']?.sha256);
    expect(() => readSymbolFile(join(library, 'none'))).toThrow(/ENOENT/);
  });
});

function bytesOfNotes({ truth }: Fixture): string {
  const notes = truth.system['/sys/kernel/notes'];
  if (notes === undefined) throw new Error('the guest did not record /sys/kernel/notes');
  return typeof notes === 'string' ? notes : Buffer.from(notes.base64, 'base64').toString('latin1');
}

// Files of the executor: written back, in memory, deleted, on tmpfs. See program.ts; skipped where it cannot run.
import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Inode } from '../../../src/resurrect/abi/records/files.js';
import { SHARED_MEMORY_KIND, type SharedMemory } from '../../../src/resurrect/abi/records/memory.js';
import { ENTRY_KIND, type TmpfsEntry, type Writeback } from '../../../src/resurrect/abi/records/storage.js';
import { samplePlan } from '../../unit/helpers/sample-plan/plan.js';
import { PlanMaker } from './plan-maker.js';
import { canRun, ObjectsProgram } from './program.js';

const ESTALE = 116;
const ENOENT = 2;
const SAMPLE = samplePlan();
/** In 2001, and before 1970. */
const THEN = {
  mtime: 1_000_000_000n,
  mtimeNanoseconds: 123_456_789,
  atime: 999_999_999n,
  atimeNanoseconds: 5,
};
const EARLY = { ...THEN, mtime: -2n, mtimeNanoseconds: 999_999_999 };
const THEN_TEXT = '1000000000.123456789';

describe.skipIf(!canRun())('files that the executor makes', () => {
  let program: ObjectsProgram;
  beforeAll(() => {
    program = new ObjectsProgram();
  }, 300_000);
  afterAll(() => program?.close());

  const onDisk = (name: string) => join(program.disk, name);
  const writeback = (name: string, row: Partial<Writeback>): Writeback => {
    const path = onDisk(name);
    const inode = existsSync(path) ? statSync(path).ino : 0;
    return { ...(SAMPLE.writeback[0] as Writeback), path, inode: BigInt(inode), ...row };
  };
  const inode = (name: string, row: Partial<Inode>): Inode => {
    const path = onDisk(name);
    const number = existsSync(path) ? statSync(path).ino : 0;
    return { ...(SAMPLE.inode[0] as Inode), path, inode: BigInt(number), bytes: 0, pages: [], ...row };
  };
  const shared = (row: Partial<SharedMemory>): SharedMemory => ({
    ...(SAMPLE.sharedMemory[0] as SharedMemory),
    ...{ inode: 1n, device: 1, mode: 0o600, uid: 0, gid: 0, flags: 0, seals: 0, pages: [], ...row },
  });

  const times = (name: string) => {
    const { mtimeNs, atimeNs } = statSync(onDisk(name), { bigint: true });
    return { mtimeNs, atimeNs };
  };

  test('writes dirty pages into a file, and nothing behind its end', () => {
    const maker = new PlanMaker();
    writeFileSync(onDisk('dirty'), Buffer.alloc(10_000, 'o'));
    const pages = maker.pages(null, 'second', 'third'.repeat(500));
    maker.add('writeback', writeback('dirty', { bytes: 8195, pages, times: [THEN] }));
    expect(program.run(maker)).toMatchObject({ failed: [], left: [] });
    const written = readFileSync(onDisk('dirty'));
    expect(written.length).toBe(8195);
    expect(written.subarray(0, 4096)).toEqual(Buffer.alloc(4096, 'o'));
    expect(written.subarray(4096, 4103).toString()).toBe('second\0');
    expect(written.subarray(8192).toString()).toBe('thi');
    expect(times('dirty').mtimeNs).toBe(1_000_000_000_123_456_789n);
  });

  test('leaves the times of the disk where those of memory are not known', () => {
    const maker = new PlanMaker();
    writeFileSync(onDisk('untold'), 'x');
    utimesSync(onDisk('untold'), 3, 4);
    maker.add('writeback', writeback('untold', { bytes: 1, pages: maker.pages('y'), times: [] }));
    expect(program.run(maker)).toMatchObject({ failed: [], left: [] });
    expect(readFileSync(onDisk('untold'), 'utf8')).toBe('y');
    expect(times('untold').mtimeNs).toBe(4_000_000_000n);
  });

  test('makes a file that the disk does not have, with its owner and mode; opening it is not opening another', () => {
    const maker = new PlanMaker();
    const pages = maker.pages('contents');
    const owner = { uid: 1, gid: 2, mode: 0o104750 };
    maker.add('writeback', writeback('new', { bytes: 8, ...owner, inode: 4711n, pages, times: [EARLY] }));
    const file = maker.file('regular', maker.add('inode', inode('new', { inode: 4711n })), onDisk('new'));
    const { failed, files } = program.run(maker);
    expect(failed).toEqual([]);
    expect(readFileSync(onDisk('new'), 'utf8')).toBe('contents');
    const { mode, uid, gid } = statSync(onDisk('new'));
    expect([mode, uid, gid]).toEqual([0o104750, 1, 2]);
    expect(times('new').mtimeNs).toBe(-1_000_000_001n);
    expect(files.get(file)?.text('contents')).toBe('contents');
  });

  test('puts a file in place of the one that its name led to before, if it has all of it', () => {
    const maker = new PlanMaker();
    writeFileSync(onDisk('older'), 'older');
    writeFileSync(onDisk('kept'), 'kept');
    maker.add('writeback', writeback('older', { inode: 1n, bytes: 5, pages: maker.pages('newer') }));
    maker.add('writeback', writeback('kept', { inode: 1n, bytes: 5000, pages: maker.pages(null, 'tail') }));
    maker.add('writeback', writeback('none/such', { bytes: 1, pages: maker.pages('x') }));
    const { failed, left } = program.run(maker);
    expect(failed.map(({ op, object, error }) => [op, object, error])).toEqual([
      ['writeBack', 1, -ESTALE],
      ['writeBack', 2, -ENOENT],
    ]);
    expect(left).toEqual([]);
    expect(readFileSync(onDisk('older'), 'utf8')).toBe('newer');
    expect(readFileSync(onDisk('kept'), 'utf8')).toBe('kept');
  });

  test('opens files with their flags and offsets, by the name and the inode that they had', () => {
    const maker = new PlanMaker();
    writeFileSync(onDisk('text'), 'some text');
    const text = maker.add('inode', inode('text', {}));
    const folder = maker.add('inode', inode('.', { mode: 0o040755 }));
    const other = maker.add('inode', inode('text', { inode: 1n }));
    const appended = maker.file('regular', text, onDisk('text'), { flags: 0o102001, position: 5n });
    const synced = maker.file('regular', text, onDisk('text'), { flags: 0o5114000 });
    const listed = maker.file('directory', folder, program.disk, { flags: 0o300000 });
    const named = maker.file('path', text, onDisk('text'), { flags: 0o10000000 });
    const wrong = maker.file('regular', other, onDisk('text'));
    const { failed, files } = program.run(maker);
    expect(failed).toMatchObject([{ op: 'openFile', object: wrong, error: -ESTALE }]);
    expect(files.get(appended)?.get('flags')).toBe('102001');
    expect(files.get(appended)?.get('position')).toBe('5');
    expect(files.get(synced)?.get('flags')).toBe('5114000');
    expect(files.get(listed)?.text('link')).toBe(program.disk);
    expect(files.get(named)?.get('flags')).toBe('10000000');
  });

  test('makes deleted files again, nameless, some of which can have a name again', () => {
    const maker = new PlanMaker();
    const before = program.onDisk();
    const gone = { links: 0, flags: 1, mode: 0o100640, times: [THEN] };
    const pages = maker.pages('still here', null, 'end');
    const path = onDisk('gone (deleted)');
    const letter = maker.add('inode', inode('gone (deleted)', { ...gone, bytes: 8195, pages }));
    const nested = maker.add('inode', inode('gone too/within (deleted)', gone));
    const loose = maker.add('inode', inode('#12 (deleted)', gone));
    const first = maker.file('regular', letter, path, { position: 3n });
    const second = maker.file('regular', letter, path, { flags: 0o100000 });
    const within = maker.file('regular', nested, onDisk('gone too/within (deleted)'));
    const nameless = maker.file('regular', loose, onDisk('#12 (deleted)'), { flags: 0o20300002 });
    const { failed, files, left } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
    expect(files.get(first)?.text('link')).toBe(path);
    expect(files.get(first)?.get('position')).toBe('3');
    expect(files.get(first)?.get('mode')).toBe('100640');
    expect([first, within, nameless].map((file) => files.get(file)?.get('mtime'))).toEqual([
      THEN_TEXT,
      THEN_TEXT,
      THEN_TEXT,
    ]);
    const contents = Buffer.from(files.get(second)?.get('contents') ?? '', 'hex');
    expect(contents.subarray(0, 11).toString()).toBe('still here\0');
    expect(contents.subarray(8192).toString()).toBe('end');
    expect(files.get(second)?.get('flags')).toBe('100000');
    expect(files.get(second)?.get('inode')).toBe(files.get(first)?.get('inode'));
    expect(files.get(within)?.text('link')).toBe(onDisk('gone too/within (deleted)'));
    expect(files.get(nameless)?.get('flags')).toBe('20300002');
    expect(program.onDisk()).toEqual(before);
  });

  test('makes memory that is shared: anonymous, memfd with seals, on a tmpfs and deleted', () => {
    const maker = new PlanMaker();
    const { anonymous, memfd, tmpfs } = SHARED_MEMORY_KIND;
    const make = (row: Partial<SharedMemory>) => maker.add('sharedMemory', shared(row));
    const zero = {
      kind: anonymous,
      flags: 1,
      bytes: 12_288,
      name: '/dev/zero',
      pages: maker.pages('one', null, 'three'),
    };
    const open = maker.file('shared_memory', make(zero), '/dev/zero (deleted)');
    const sealed = make({
      kind: memfd,
      mode: 0o777,
      bytes: 5000,
      seals: 6,
      name: 'a memfd',
      times: [THEN],
      pages: maker.pages('a', 'b'),
    });
    const last = make({
      kind: memfd,
      mode: 0o777,
      bytes: 3,
      seals: 0x11,
      name: 'last',
      pages: maker.pages('abc'),
    });
    const deleted = { kind: tmpfs, flags: 1, uid: 3, gid: 4, bytes: 4, name: onDisk('shm'), times: [THEN] };
    const files = [
      maker.file('shared_memory', sealed, '/memfd:a memfd (deleted)', { position: 7n }),
      maker.file('shared_memory', sealed, '/memfd:a memfd (deleted)', { flags: 0o100000 }),
      maker.file('shared_memory', last, '/memfd:last (deleted)'),
      maker.file('shared_memory', make({ ...deleted, pages: maker.pages('gone') }), onDisk('shm (deleted)')),
    ];
    const outcome = program.run(maker);
    expect([outcome.failed, outcome.left]).toEqual([[], []]);
    const facts = files.map((index) => outcome.files.get(index));
    const about = (name: string) => facts.map((each) => each?.get(name));
    expect(outcome.files.get(open)?.text('link')).toBe('/dev/zero (deleted)');
    const contents = outcome.files.get(open)?.text('contents') ?? '';
    expect([contents.slice(0, 4), contents.slice(8192, 8198)]).toEqual(['one\0', 'three\0']);
    expect(about('seals').slice(0, 3)).toEqual(['6', '6', '11']);
    expect(about('flags')).toEqual(['100002', '100000', '100002', '100002']);
    expect(about('position').slice(0, 2)).toEqual(['7', '0']);
    expect(about('size')).toEqual(['5000', '5000', '3', '4']);
    expect(facts[1]?.text('contents')?.[4096]).toBe('b');
    expect(facts[3]?.text('link')).toBe(onDisk('shm (deleted)'));
    expect(facts[3]?.get('owner')).toBe('3.4');
    expect([0, 1, 3].map((index) => facts[index]?.get('mtime'))).toEqual([THEN_TEXT, THEN_TEXT, THEN_TEXT]);
  });

  test('mounts a tmpfs and makes all that was in it', () => {
    const maker = new PlanMaker();
    const root = onDisk('tmpfs');
    const kinds = ENTRY_KIND;
    const entry = (kind: TmpfsEntry['kind'], path: string, row: Partial<TmpfsEntry> = {}): TmpfsEntry => ({
      ...{
        kind,
        path,
        memory: null,
        inode: 0n,
        mode: 0o600,
        uid: 0,
        gid: 0,
        rdev: 0,
        target: '',
        times: [],
        ...row,
      },
    });
    const { tmpfs } = SHARED_MEMORY_KIND;
    const row = {
      kind: tmpfs,
      mode: 0o640,
      bytes: 4100,
      name: `${root}/dir/file`,
      pages: maker.pages('page', 'tail'),
    };
    const memory = maker.add('sharedMemory', shared(row));
    const entries = [
      entry(kinds.directory, '/', { inode: 1n, mode: 0o1777 }),
      entry(kinds.directory, '/dir', { inode: 2n, mode: 0o700, uid: 5, gid: 6 }),
      entry(kinds.regular, '/dir/file', { inode: 3n, memory, mode: 0o640, uid: 7, gid: 8 }),
      entry(kinds.regular, '/dir/second', { inode: 3n, memory, mode: 0o640, uid: 7, gid: 8 }),
      entry(kinds.symlink, '/link', { inode: 4n, mode: 0o777, target: 'dir/file' }),
      entry(kinds.fifo, '/fifo', { inode: 5n, mode: 0o622 }),
      entry(kinds.socket, '/socket', { inode: 6n, mode: 0o755 }),
      entry(kinds.char, '/null', { inode: 7n, mode: 0o666, rdev: 0x10_0003 }),
      entry(kinds.regular, '/empty', { inode: 8n, mode: 0o4755 }),
    ].map((one, index) => ({ ...one, times: [{ ...THEN, mtimeNanoseconds: one.inode === 3n ? 3 : index }] }));
    maker.add('mount', { device: 0x19, path: root, options: 'rw,size=1024k,mode=755,inode64', entries });
    const types = [0o040000, 0o040000, 0o100000, 0o100000, 0o120000, 0o010000, 0o140000, 0o020000, 0o100000];
    const opened = entries.map(({ path, mode, rdev }, index) => {
      const type = types[index] as number;
      const row = inode(`tmpfs${path}`, { fileSystem: 'tmpfs', mode: type | mode, rdev });
      return maker.file('path', maker.add('inode', row), join(root, path), { flags: 0o10400000 });
    });
    const read = maker.file('shared_memory', memory, `${root}/dir/second`);
    const { failed, files, left } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
    const about = (name: string) => opened.map((index) => files.get(index)?.get(name));
    expect(about('mode')).toEqual(
      entries.map(({ mode }, index) => ((types[index] as number) | mode).toString(8)),
    );
    expect(about('owner')).toEqual(entries.map(({ uid, gid }) => `${uid}.${gid}`));
    // Those of directories too, which the names made in them have changed meanwhile.
    const nanoseconds = [0, 1, 3, 3, 4, 5, 6, 7, 8];
    expect(about('mtime')).toEqual(nanoseconds.map((rest) => `1000000000.00000000${rest}`));
    const inodes = about('inode');
    expect(inodes[3]).toBe(inodes[2]);
    expect(new Set(inodes).size).toBe(entries.length - 1);
    expect(files.get(read)?.text('link')).toBe(`${root}/dir/second`);
    expect(files.get(read)?.text('contents')?.replaceAll('\0', '')).toBe('pagetail');
    rmSync(root, { recursive: true });
  });
});

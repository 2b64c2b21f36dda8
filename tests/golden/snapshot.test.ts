// The one snapshot of a capture: valid by its schema, closed in itself, and enough to write again what the guest's own
// /proc said.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { buildSnapshot, snapshotJson } from '../../src/parsers/build-snapshot.js';
import { mapsText } from '../../src/parsers/mm/maps-text.js';
import { parseSnapshot } from '../../src/snapshot/parse-snapshot.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

const ajv = new Ajv({ allowUnionTypes: true });
const isSnapshot = ajv.compile(JSON.parse(readFileSync('docs/schema/snapshot.json', 'utf8')));

describe.each(FIXTURES)('%s', (name) => {
  let truth: Fixture['truth'];
  let text: string;
  let snapshot: Snapshot;
  beforeAll(() => {
    const fixture = openFixture(name);
    truth = fixture.truth;
    text = [...snapshotJson(fixture.dump)].join('');
    snapshot = parseSnapshot(text, name);
    // A second reading meets the faults again.
    const { faults: _, ...again } = JSON.parse(JSON.stringify(buildSnapshot(fixture.dump)));
    expect(snapshot).toMatchObject(again);
    fixture.dump.close();
  }, 60_000);

  test('is as its schema says, and has no faults', () => {
    expect(isSnapshot(snapshot), ajv.errorsText(isSnapshot.errors)).toBe(true);
    expect(snapshot.faults).toEqual({ count: 0, records: [] });
  });

  test('has each object once, and everything that is referred to', () => {
    const ids = (list: readonly { readonly address: string }[]) => {
      const all = list.map(({ address }) => address);
      expect(new Set(all).size).toBe(all.length);
      return new Set(all);
    };
    const { tasks, processes, mountViews } = snapshot;
    const lists = {
      credentials: ids(snapshot.credentials),
      mms: ids(snapshot.mms),
      fileTables: ids(snapshot.fileTables),
      files: ids(snapshot.files),
      objects: ids(snapshot.objects),
    };
    expect(ids(tasks).size).toBeGreaterThan(50);
    const dangling = (references: Iterable<string | null>, list: ReadonlySet<string>) =>
      [...references].filter((address) => address !== null && !list.has(address));
    const opened = snapshot.fileTables.flatMap(({ descriptors }) => descriptors.map(({ file }) => file));
    const mapped = snapshot.mms.flatMap(({ vmas }) => vmas.map(({ file }) => file));
    const own = (key: 'credentials' | 'mm' | 'filesTable') => tasks.map((task) => task[key]);
    expect(dangling(own('credentials'), lists.credentials)).toEqual([]);
    expect(dangling(own('mm'), lists.mms)).toEqual([]);
    expect(dangling(own('filesTable'), lists.fileTables)).toEqual([]);
    expect(dangling([...opened, ...mapped], lists.files)).toEqual([]);
    const objects = snapshot.files.map(({ object }) => object);
    expect(dangling(objects, lists.objects)).toEqual([]);
    const views = processes.flatMap(({ mountView }) => mountView ?? []);
    expect([...new Set(views)].sort()).toEqual(mountViews.map(({ id }) => id).sort());
    const threads = processes.flatMap((process) => process.threads);
    expect(threads.sort()).toEqual(tasks.flatMap(({ idle, tid }) => (idle ? [] : tid)).sort());
  });

  test('sockets are found by their descriptors’ inodes', () => {
    const inodes = new Set(snapshot.sockets.map(({ inode }) => inode));
    const open = snapshot.files.filter(({ fsType }) => fsType === 'sockfs');
    expect(open.length).toBeGreaterThan(10);
    expect(open.filter(({ inode }) => !inodes.has(inode))).toEqual([]);
  });

  test('alone, it gives back /proc/PID/maps, fd and cmdline', () => {
    const compare = new Comparison();
    const mms = new Map(snapshot.mms.map((mm) => [mm.address, mm]));
    const tables = new Map(snapshot.fileTables.map((table) => [table.address, table]));
    const files = new Map(snapshot.files.map((file) => [file.address, file]));
    const leaders = new Map(snapshot.tasks.filter(({ leader }) => leader).map((task) => [task.pid, task]));
    for (const process of snapshot.processes) {
      const theirs = truth.processes[process.pid];
      const leader = leaders.get(process.pid);
      if (theirs === undefined || leader === undefined || process.pid === truth.recorder.pid) continue;
      const proc = (file: string) =>
        isStable(truth, `processes ${process.pid} files ${file}`) ? theirs.files[file] : undefined;
      const maps = leader.mm === null ? undefined : proc('maps');
      if (maps !== undefined && leader.mm !== null) {
        compare.same(`${process.pid} maps`, mapsText(mms.get(leader.mm)?.vmas ?? []), textOf(maps));
      }
      // Of a process whose leader has ended, /proc has none; the snapshot has that of its other threads.
      const command = leader.mm === null ? undefined : proc('cmdline');
      if (command !== undefined && process.cmdline.length > 0) {
        const words = textOf(command)?.replace(/\0$/, '').split('\0');
        compare.same(`${process.pid} cmdline`, process.cmdline, words);
      }
      const links = new Map(
        tables
          .get(leader.filesTable ?? '0x0')
          ?.descriptors.map(({ fd, file }) => [String(fd), files.get(file)?.path]),
      );
      for (const [fd, { link }] of Object.entries(theirs.fd ?? {})) {
        compare.same(`${process.pid} fd ${fd}`, links.get(fd), link);
      }
    }
    compare.finish(300);
  });
});

describe('parseSnapshot', () => {
  test('refuses what is no snapshot, half of one, and one of another version', () => {
    expect(() => parseSnapshot('{"schema":"otherworld/ps/1"}', 'x')).toThrow('x is no snapshot');
    expect(() => parseSnapshot('[]', 'x')).toThrow('x is no snapshot');
    expect(() => parseSnapshot('{"schema":', 'x')).toThrow('or half of one');
    expect(() => parseSnapshot('{"schema":"otherworld/snapshot/2"}', 'x')).toThrow('version 2');
  });
});

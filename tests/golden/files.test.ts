// Open files and mounts against /proc/PID/{fd,fdinfo,mountinfo} and kcmp(2).

import { afterAll, beforeAll, describe, test } from 'vitest';
import { isStable, textOf } from '../../src/lab/truth.js';
import { descriptorFlags } from '../../src/parsers/fs/file-flags.js';
import { mountinfoLine } from '../../src/parsers/fs/mountinfo-text.js';
import { mountsOf } from '../../src/parsers/parts/mounts.js';
import type { FileDescriptor } from '../../src/snapshot/files.js';
import { Comparison } from './compare.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';
import { fieldsOf } from './proc-text.js';

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  function descriptors(): Map<number, Map<number, FileDescriptor>> {
    const found = new Map<number, Map<number, FileDescriptor>>();
    for (const task of fixture.dump.tasks) {
      if (!task.leader || task.idle || task.pid === fixture.truth.recorder.pid) continue;
      found.set(task.pid, new Map(fixture.dump.files(task).map((each) => [each.fd, each])));
    }
    return found;
  }

  test('the same descriptors, and their links', () => {
    const compare = new Comparison();
    for (const [pid, ours] of descriptors()) {
      const theirs = fixture.truth.processes[pid]?.fd ?? {};
      compare.same(
        `${pid} descriptors`,
        [...ours.keys()],
        Object.keys(theirs)
          .map(Number)
          .sort((a, b) => a - b),
      );
      for (const [fd, { link }] of Object.entries(theirs)) {
        if (!isStable(fixture.truth, `processes ${pid} fd ${fd} link`)) continue;
        compare.same(`${pid} fd ${fd}`, ours.get(Number(fd))?.file.path, link);
      }
    }
    compare.finish(300);
  });

  test('flags, offset, mount and inode of fdinfo', () => {
    const compare = new Comparison();
    for (const [pid, ours] of descriptors()) {
      for (const [fd, { info }] of Object.entries(fixture.truth.processes[pid]?.fd ?? {})) {
        const each = ours.get(Number(fd));
        const path = `processes ${pid} fd ${fd} info`;
        if (info === undefined || each === undefined || !isStable(fixture.truth, path, 'pos')) continue;
        const fields = fieldsOf(textOf(info) ?? '');
        compare.same(`${path} pos`, String(each.file.offset), fields.get('pos'));
        compare.same(`${path} flags`, `0${descriptorFlags(each).toString(8)}`, fields.get('flags'));
        compare.same(`${path} mnt_id`, String(each.file.mountId), fields.get('mnt_id'));
        const inode = fields.get('ino');
        if (inode !== undefined) compare.same(`${path} ino`, String(each.file.inode), inode);
      }
    }
    compare.finish(600);
  });

  test('type, mode, size and links of stat(2)', () => {
    const compare = new Comparison();
    for (const [pid, ours] of descriptors()) {
      for (const [fd, { stat }] of Object.entries(fixture.truth.processes[pid]?.fd ?? {})) {
        const each = ours.get(Number(fd));
        const path = `processes ${pid} fd ${fd} stat`;
        if (stat === undefined || each === undefined || !isStable(fixture.truth, path)) continue;
        compare.same(`${path} mode`, each.file.mode, stat.mode & 0o7777);
        compare.same(`${path} ino`, Number(each.file.inode), stat.ino);
        if (each.file.type === 'regular') compare.same(`${path} size`, Number(each.file.size), stat.size);
      }
    }
    compare.finish(300);
  });

  test('shared open file descriptions are recognised', () => {
    const compare = new Comparison();
    const ours = descriptors();
    const addressOf = (id: string): string | undefined => {
      const [pid, fd] = id.split(':').map(Number) as [number, number];
      return ours.get(pid)?.get(fd)?.file.address;
    };
    const seen = new Map<string, number>();
    for (const [group, ids] of (fixture.truth.shared['files'] ?? []).entries()) {
      const known = ids.filter((id) => !id.startsWith(`${fixture.truth.recorder.pid}:`));
      const addresses = new Set(known.map(addressOf));
      if (known.length === 0) continue;
      compare.same(`group ${ids.join(' ')}`, addresses.size, 1);
      const address = [...addresses][0] ?? 'none';
      compare.same(`group ${ids.join(' ')} is one`, seen.get(address) ?? group, group);
      seen.set(address, group);
    }
    compare.finish(10);
  });

  test('mountinfo', () => {
    const compare = new Comparison();
    for (const [pid, truth] of Object.entries(fixture.truth.processes)) {
      const task = fixture.dump.tasks.find((each) => each.leader && each.pid === Number(pid) && !each.idle);
      const theirs = textOf(truth.files['mountinfo']);
      if (task === undefined || task.kernelThread || theirs === undefined || theirs === '') continue;
      const ours = mountsOf(fixture.dump, task).map(mountinfoLine);
      const lines = theirs.replace(/\n$/, '').split('\n');
      compare.same(`${pid} mounts`, ours.length, lines.length);
      for (const [i, line] of lines.entries()) compare.same(`${pid} line ${i + 1}`, ours[i], line);
    }
    compare.finish(100);
  });
});

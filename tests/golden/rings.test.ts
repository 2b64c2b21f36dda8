// What the zoo's io_uring instances and BPF maps hold (src/lab/guest/zoo/rings.c, bpf.c); that fdinfo says of them what we say, every
// byte, descriptors.test.ts shows.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textOf } from '../../src/lab/truth.js';
import { descriptorOf } from '../../src/parsers/parts/descriptors.js';
import type { BpfMapDetail, DescriptorDetail, IoUringDetail } from '../../src/snapshot/descriptor.js';
import { FIXTURES, type Fixture, openFixture } from './fixtures.js';

/** IORING_SETUP_*. */
const [LONG, NO_ARRAY, MIXED] = [3 << 10, 1 << 16, 3 << 18];
/** The second half of a long submission: fill() of the zoo. */
const BEHIND = Array.from(
  { length: 8 },
  (_, i) => `0x${((0x352n << 48n) ^ (BigInt(i) * 0x9e3779b1n)).toString(16)}`,
);

describe.each(FIXTURES)('%s', (name) => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture(name);
  });
  afterAll(() => fixture.dump.close());

  /** Undefined where this capture has no such specimen. */
  function specimen(comm: string): DescriptorDetail[] | undefined {
    const task = fixture.dump.tasks.find((each) => each.comm === comm);
    const files = task && fixture.dump.files(task);
    return files?.map(({ file }) => descriptorOf(fixture.dump, file)).filter((detail) => detail !== null);
  }

  const rings = (comm: string) => specimen(comm)?.filter((detail) => detail.kind === 'io_uring');
  const maps = (comm: string) => specimen(comm)?.filter((detail) => detail.kind === 'bpf-map');

  function sized(flag: number): IoUringDetail | undefined {
    return rings('zoo-uringsizes')?.find(({ flags }) => (flags & flag) !== 0);
  }

  test('entries that are all long, of which one has been taken', ({ skip }) => {
    const ring = sized(LONG);
    if (ring === undefined) return skip('not in this capture');
    expect(ring.submissions.map(({ opcode, userData, more }) => [opcode, userData, more])).toEqual([
      [4, 42, BEHIND],
      [250, 5, BEHIND],
    ]);
    expect(ring.submissions[1]?.name).toBe('INVALID');
    expect(ring.completions.map(({ index, userData, more }) => [index, userData, more])).toEqual([
      [1, 0x2001, [0xe100000001, 0xe2000000001]],
      [2, 0x2002, [0xe100000002, 0xe2000000002]],
    ]);
  });

  test('long entries among short ones', ({ skip }) => {
    const ring = sized(MIXED);
    if (ring === undefined) return skip('not in this capture');
    expect(ring.submissions.map(({ index, name, userData, more }) => [index, name, userData, more])).toEqual([
      [3, 'NOP', 0x3010, []],
      [4, 'NOP128', 0x3011, BEHIND],
      [6, 'NOP', 0x3012, []],
      [7, 'NOP128', 0x3011, []],
    ]);
    expect(ring.completions.map(({ index, userData, more }) => [index, userData, more])).toEqual([
      [0, 0x3000, []],
      [1, 0x3001, [0xe3e3, 0xe4e4]],
      [3, 0x3002, []],
    ]);
  });

  test('entries in the ring’s own order', ({ skip }) => {
    const ring = sized(NO_ARRAY);
    if (ring === undefined) return skip('not in this capture');
    expect(ring.submissions.map(({ index, userData }) => [index, userData])).toEqual([
      [1, 42],
      [2, 5],
      [3, 0x4001],
    ]);
    expect(ring.completions.map(({ userData }) => userData)).toEqual([0x4000]);
  });

  test('credentials that are registered, on kernels that tell of them and on those that do not', ({
    skip,
  }) => {
    const ring = rings('zoo-uringset')?.[0];
    if (ring === undefined) return skip('not in this capture');
    const [somebody, root] = ring.personalities.map(({ credentials }) => credentials);
    expect(ring.personalities.map(({ id }) => id)).toEqual([1, 2]);
    expect(somebody).toMatchObject({ uid: 1000, euid: 1001, suid: 0, fsuid: 1001, gid: 1010, egid: 1011 });
    expect(somebody).toMatchObject({ sgid: 1012, fsgid: 1011, groups: [7, 70000, 4000000000] });
    expect(BigInt(`0x${somebody?.capEffective}`)).toBe(0n);
    expect(root).toMatchObject({ uid: 0, euid: 0, gid: 0, groups: [] });
    expect(root?.capEffective).toBe(root?.capPermitted);
  });

  test('how rings poll the network', ({ skip }) => {
    const found = rings('zoo-uringset');
    if (found === undefined || found[0]?.napi === null) return skip('not in this capture');
    const isTracked = fixture.dump.kernel.types.member('io_ring_ctx.napi_track_mode') !== undefined;
    const off = { enabled: false, tracking: null, time: 0, preferred: false };
    expect(found.map(({ napi }) => napi)).toEqual([
      off,
      { enabled: true, tracking: isTracked ? 'dynamic' : null, time: 1_234_000, preferred: true },
      isTracked ? { enabled: true, tracking: 'static', time: 1_235_000, preferred: false } : off,
    ]);
  });

  test('the memory of maps of every kind, and whose an array of programs is', ({ skip }) => {
    const found = maps('zoo-bpfmore');
    if (found === undefined) return skip('not in this capture');
    const types = found.map(({ type }: BpfMapDetail) => type);
    expect(types).toEqual(expect.arrayContaining([2, 3, 8, 12, 13, 15, 17, 18, 19, 21, 24]));
    expect(found.filter(({ memory }) => memory === null)).toEqual([]);
    expect(found.map(({ type, owner }) => [type, owner]).filter(([, owner]) => owner !== null)).toEqual([
      [3, { type: 1, jited: true }],
    ]);
    const task = fixture.dump.tasks.find((each) => each.comm === 'zoo-bpfmore');
    const infos = Object.values(fixture.truth.processes[task?.pid ?? 0]?.fd ?? {});
    const told = infos.flatMap(({ info }) => /^memlock:\t(\d+)$/m.exec(textOf(info) ?? '')?.[1] ?? []);
    const programs = specimen('zoo-bpfmore')?.filter((detail) => detail.kind === 'bpf-prog') ?? [];
    const ours = [
      ...found.map(({ memory }) => `${memory}`),
      ...programs.map(({ pages }) => `${pages * 4096}`),
    ];
    expect(ours.sort()).toEqual(told.sort());
  });
});

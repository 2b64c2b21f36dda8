import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { makeKallsyms, makeTruth, parseFdStat, parseKmsg, toBytes } from '../../../src/lab/make-truth.js';
import { framesOf, pageDigest, pagesOf } from '../../../src/lab/pages.js';
import { parseStream } from '../../../src/lab/stream.js';
import { bytesOf, isStable, type MachineTruth, readTruth, textOf } from '../../../src/lab/truth.js';

const dir = mkdtempSync(join(tmpdir(), 'ow-truth-'));
afterAll(() => rmSync(dir, { recursive: true }));

const MACHINE: MachineTruth = {
  suite: 'bookworm',
  flavour: 'cloud',
  kernel: '6.1.0',
  qemu: '7.2.0',
  accelerator: 'tcg',
  machine: 'q35',
  cpu: 'Nehalem',
  cpus: 2,
  ramBytes: 2 ** 30,
  append: '',
  workloads: ['zoo'],
};

function record(pass: number, key: string, data: string | Buffer, kind = 0): Buffer {
  const bytes = Buffer.from(data as string);
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0x3152574f, 0);
  header.writeUInt16LE(kind, 4);
  header.writeUInt16LE(pass, 6);
  header.writeUInt32LE(key.length, 8);
  header.writeBigUInt64LE(BigInt(bytes.length), 16);
  return Buffer.concat([header, Buffer.from(key), bytes, Buffer.alloc(-(key.length + bytes.length) & 7)]);
}

function run(address: bigint, entry: bigint, count: number, step: number): Buffer {
  const out = Buffer.alloc(24);
  out.writeBigUInt64LE(address, 0);
  out.writeBigUInt64LE(entry, 8);
  out.writeUInt32LE(count, 16);
  out.writeUInt32LE(step, 20);
  return out;
}

function frame(pfn: number, digest: string): Buffer {
  const out = Buffer.alloc(32);
  out.writeBigUInt64LE(BigInt(pfn), 0);
  out.writeBigUInt64LE(0x868n, 8);
  out.writeUInt32LE(2, 16);
  out.writeUInt32LE(1, 20);
  out.write(digest, 24, 'hex');
  return out;
}

const PRESENT = 1n << 63n;
const SWAPPED = 1n << 62n;
const stat = (time: number) => `7 (a ) b) S 1 7 7 0 -1 0 0 0 0 0 ${time} 0`;

function pass(number: number, time: number, digest: string): Buffer[] {
  return [
    record(number, 'p/7/files/stat', stat(time)),
    record(number, 'p/7/files/status', `Name:\tx\nState:\tS (sleeping)\nvoluntary_ctxt_switches:\t${time}\n`),
    record(number, 'p/7/files/environ', Buffer.from([0x41, 0, 0xff])),
    record(number, 'p/7/links/cwd', '/root', 1),
    record(number, 'p/7/fd/3', '/etc/passwd', 1),
    record(number, 'p/7/fdstat/3', '254:0 131 100644 1 0:0 64 0 5'),
    record(number, 'p/7/fdinfo/3', 'pos:\t0\nflags:\t0100000\n'),
    record(number, 'p/7/t/8/files/comm', 'worker\n'),
    record(
      number,
      'p/7/pages',
      Buffer.concat([run(0x1000n, PRESENT | 5n, 2, 1), run(0x9000n, SWAPPED | (9n << 5n), 1, 0)]),
    ),
    record(number, 'frames', Buffer.concat([frame(5, digest), frame(6, '0011223344556677')])),
    record(number, 's/proc/uptime', `${time}`),
    record(number, 'kmsg', '6,1,20,-,caller=T1;hello\n SUBSYSTEM=acpi\n\x004,2,30,-;two\n\0'),
    record(number, 'shared/files', '7:3 9:4\n'),
    record(number, 'recorder', '99 1'),
    record(number, 'clock/monotonic', '123'),
  ];
}

const stream = Buffer.concat([
  record(0, 's/proc/version', 'Linux version 6.1'),
  record(0, 's/proc/kallsyms', 'ffffffff81000000 T _text\nffffffffc0000000 t f\t[m]\n'),
  record(0, 's/sys/kernel/btf/vmlinux', 'BTF'),
  ...pass(1, 1, 'aabbccddeeff0011'),
  ...pass(2, 2, 'aabbccddeeff0022'),
  record(2, 'roll/7/7', ''),
  record(2, 'roll/7/8', ''),
  record(0, '', '', 3),
]);
const truth = makeTruth(parseStream(stream), MACHINE);

describe('truth from a recording', () => {
  test('holds what each process said', () => {
    const process = truth.processes['7'];
    expect(process?.links).toEqual({ cwd: '/root' });
    expect(process?.files['environ']).toEqual({ base64: 'QQD/' });
    expect(process?.fd?.['3']).toEqual({
      link: '/etc/passwd',
      info: 'pos:\t0\nflags:\t0100000\n',
      stat: { dev: '254:0', ino: 131, mode: 0o100644, nlink: 1, rdev: '0:0', size: 64, uid: 0, gid: 5 },
    });
    expect(process?.threads['8']?.files).toEqual({ comm: 'worker\n' });
  });

  test('and what the system did', () => {
    expect(truth.system).toEqual({ '/proc/version': 'Linux version 6.1', '/proc/uptime': '2' });
    expect(truth.kallsyms).toMatchObject({ count: 2, modules: { m: 1 } });
    expect(truth.btf['vmlinux']?.size).toBe(3);
    expect(truth.kmsg.map(({ text }) => text)).toEqual(['hello', 'two']);
    expect(truth.shared).toEqual({ files: [['7:3', '9:4']] });
    expect(truth.recorder).toEqual({ pid: 99, cpu: 1 });
  });

  test('leaves out the thread that ended meanwhile, and what counts threads', () => {
    const [head, end] = [stream.subarray(0, stream.length - 24), stream.subarray(stream.length - 24)];
    const comm = record(2, 'p/7/t/9/files/comm', 'gone\n');
    const later = makeTruth(parseStream(Buffer.concat([head, comm, end])), MACHINE);
    expect(later.roll).toEqual({ 7: [7, 8] });
    expect(Object.keys(later.processes['7']?.threads ?? {})).toEqual(['8']);
    expect(isStable(truth, 'processes 7 files status', 'Threads')).toBe(true);
    expect(isStable(later, 'processes 7 files status', 'Threads')).toBe(false);
    expect(isStable(later, 'processes 7 files stat', '20')).toBe(false);
    expect(isStable(later, 'processes 7 files stat', '3')).toBe(true);
    expect([truth, later].map((each) => isStable(each, 'processes 7 pages'))).toEqual([true, false]);
  });

  test('names the parts that differed between the passes, and only those', () => {
    expect(truth.unstable).toEqual({
      'processes 7 files stat': ['14'],
      'processes 7 files status': ['voluntary_ctxt_switches'],
      'system /proc/uptime': [],
    });
    expect(isStable(truth, 'processes 7 files stat', '3')).toBe(true);
    expect(isStable(truth, 'processes 7 files stat', '14')).toBe(false);
    expect(isStable(truth, 'processes 7 files stat')).toBe(false);
    expect(isStable(truth, 'processes 7 links cwd')).toBe(true);
    expect(isStable(truth, 'system /proc/uptime', 'any')).toBe(false);
  });

  test('has every page, and each frame once', () => {
    const pages = [...pagesOf(truth, 7)];
    expect(pages.map(({ address, pfn, swap }) => ({ address, pfn, swap }))).toEqual([
      { address: 0x1000n, pfn: 5, swap: undefined },
      { address: 0x2000n, pfn: 6, swap: undefined },
      { address: 0x9000n, pfn: undefined, swap: { type: 0, offset: 9n } },
    ]);
    expect(framesOf(truth).get(6)).toEqual({ pfn: 6, flags: 0x868n, count: 2, digest: '0011223344556677' });
    expect(truth.pages?.unstableFrames).toEqual([5]);
    expect(truth.pages?.unstablePages).toEqual({});
  });

  test('marks frames that the RAM contradicts', () => {
    const page = Buffer.alloc(4096, 1);
    const later = makeTruth(parseStream(stream), MACHINE, (pfn) => (pfn === 6 ? page : undefined));
    expect(pageDigest(page)).not.toBe('0011223344556677');
    expect(later.pages?.unstableFrames).toEqual([5, 6]);
  });
});

describe('reading', () => {
  test('plain and gzipped', () => {
    const text = JSON.stringify(truth);
    writeFileSync(join(dir, 'truth.json'), text);
    writeFileSync(join(dir, 'truth.json.gz'), gzipSync(text));
    expect(readTruth(join(dir, 'truth.json'))).toEqual(truth);
    expect(readTruth(join(dir, 'truth.json.gz'))).toEqual(truth);
  });

  test('refuses what is no truth, and one from the future', () => {
    writeFileSync(join(dir, 'other.json'), '{"a":1}');
    expect(() => readTruth(join(dir, 'other.json'))).toThrow('not a truth.json');
    writeFileSync(join(dir, 'new.json'), JSON.stringify({ ...truth, version: 99 }));
    expect(() => readTruth(join(dir, 'new.json'))).toThrow('version 99');
  });
});

describe('parts', () => {
  test('a stream that ends early, or is none, is refused', () => {
    expect(() => parseStream(stream.subarray(0, stream.length - 24))).toThrow('ends in the middle');
    expect(() => parseStream(Buffer.alloc(64))).toThrow('no record at byte 0');
  });

  test('bytes are text where they are UTF-8', () => {
    expect(toBytes(Buffer.from('a\0é'))).toBe('a\0é');
    for (const bytes of [Buffer.from('plain'), Buffer.from([0xff, 0xfe]), Buffer.from('\ufeffx')]) {
      expect(bytesOf(toBytes(bytes))).toEqual(bytes);
    }
    expect(textOf({ base64: 'QQ==' })).toBe('A');
    expect(textOf(undefined)).toBeUndefined();
  });

  test('kernel messages', () => {
    expect(parseKmsg('30,5,1234,c;systemd[1]: a;b\n SUBSYSTEM=x\n DEVICE=y\n')).toEqual({
      sequence: 5,
      microseconds: 1234,
      level: 6,
      facility: 3,
      flags: 'c',
      text: 'systemd[1]: a;b',
      fields: ['SUBSYSTEM=x', 'DEVICE=y'],
    });
    expect(parseKmsg('6,1,2,-,caller=C1;x')?.caller).toBe('C1');
    expect(parseKmsg('')).toBeUndefined();
  });

  test('the sample of kallsyms is spread over the whole', () => {
    const lines = Array.from({ length: 9000 }, (_, i) => `${i.toString(16).padStart(16, '0')} t f${i}`);
    const { count, sample } = makeKallsyms(`${lines.join('\n')}\n`);
    expect(count).toBe(9000);
    expect(sample.length).toBeGreaterThan(2000);
    expect(sample.at(0)).toBe(lines[0]);
    expect(sample.at(-1)).toBe(lines[8999]);
  });

  test('stat of a device', () => {
    expect(parseFdStat('0:5 4 20666 1 1:3 0 0 0')).toMatchObject({ mode: 0o020666, rdev: '1:3' });
  });
});

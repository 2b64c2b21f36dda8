// Terminals of the executor: see program.ts; skipped where it cannot run.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TERMINAL_FLAG, TERMINAL_KIND, type Terminal } from '../../../src/resurrect/abi/records/files.js';
import { samplePlan } from '../../unit/helpers/sample-plan/plan.js';
import { PlanMaker } from './plan-maker.js';
import { canRun, type Facts, ObjectsProgram } from './program.js';

const CC = Uint8Array.from([
  3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0, 0, 0, 0, 0, 0,
]);
const CANONICAL = 0o105073;
const RAW = 0o105061;

describe.skipIf(!canRun())('terminals that the executor makes', () => {
  let program: ObjectsProgram;
  beforeAll(() => {
    program = new ObjectsProgram();
  }, 300_000);
  afterAll(() => program?.close());

  /** A pty with both sides open; gives the index of each side, and of its files. */
  function pair(maker: PlanMaker, number: number, slave: Partial<Terminal>, master: Partial<Terminal> = {}) {
    const row = { ...(samplePlan().terminal[0] as Terminal), index: number, cc: CC };
    const first = maker.add('terminal', row);
    const raw = { iflag: 0, oflag: 0, cflag: 0o277, lflag: 0 };
    const other = { ...row, kind: TERMINAL_KIND.pty_slave, name: `pts/${number}`, other: first, ...slave };
    const second = maker.add('terminal', { ...other, packetStatus: 0 });
    maker.change('terminal', first, { ...raw, other: second, ...master });
    return {
      ...{ first, second },
      master: maker.file('terminal', first, '/dev/ptmx', { flags: 0o104002 }),
      slave: maker.file('terminal', second, `/dev/pts/${number}`),
    };
  }

  /** c_iflag, c_oflag, c_cflag, c_lflag of struct termios2, then c_line, then c_cc. */
  function settings(facts: Facts | undefined): number[] {
    const bytes = Buffer.from(facts?.get('termios') ?? '', 'hex');
    return [0, 4, 8, 12].map((at) => bytes.readUInt32LE(at));
  }

  test('have their numbers, settings, windows and locks', () => {
    const maker = new PlanMaker();
    const size = { rows: 30, columns: 100 };
    const modes = { iflag: 0o2404, oflag: 0o1, cflag: 0o275, lflag: 0o5040 };
    const late = pair(maker, 5, { ...modes, ...size });
    const early = pair(maker, 2, { flags: TERMINAL_FLAG.exclusive }, { flags: TERMINAL_FLAG.locked });
    const bare = maker.file('terminal', late.second, '/dev/pts/5', { flags: 2 });
    const controlling = maker.file('terminal', late.second, '/dev/tty');
    const { failed, files, left } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
    expect(files.get(late.master)?.text('link')).toMatch(/ptmx$/);
    expect(files.get(late.slave)?.text('link')).toBe('/dev/pts/5');
    expect(files.get(early.slave)?.text('link')).toBe('/dev/pts/2');
    expect(settings(files.get(late.slave))).toEqual(Object.values(modes));
    expect(files.get(late.slave)?.get('window')).toBe('30x100');
    expect([late.master, early.master].map((file) => files.get(file)?.get('locked'))).toEqual(['0', '1']);
    expect([late.slave, early.slave].map((file) => files.get(file)?.get('exclusive'))).toEqual(['0', '1']);
    expect(files.get(bare)?.get('flags')).toBe('2');
    expect(files.get(controlling)?.text('link')).toBe('/dev/tty');
    expect(settings(files.get(controlling))).toEqual(settings(files.get(late.slave)));
  });

  test('have their unread lines again: ends of file, other ends of lines, characters that were quoted', () => {
    const maker = new PlanMaker();
    const input = Buffer.from('first\nend of file\0x;in a \n\x04\x16 line;rest');
    const lineEnds = ['\n', '\0', ';'].map((end) => ({ offset: input.indexOf(end) }));
    lineEnds.push({ offset: input.lastIndexOf(';') });
    const cc = CC.slice();
    cc[11] = ';'.charCodeAt(0);
    const echo = 0o10;
    const { master, slave } = pair(maker, 0, { lflag: CANONICAL & ~echo, cc, input, lineEnds });
    const { failed, files } = program.run(maker);
    expect(failed).toEqual([]);
    expect(files.get(slave)?.texts('read')).toEqual([
      'first\n',
      'end of file',
      'x;',
      'in a \n\x04\x16 line;',
    ]);
    expect(files.get(master)?.texts('read')).toEqual([]);
  });

  test('end with an end of file, where they did', () => {
    const maker = new PlanMaker();
    const { slave } = pair(maker, 0, {
      lflag: CANONICAL,
      input: Buffer.from('\0'),
      lineEnds: [{ offset: 0 }],
    });
    const { failed, files } = program.run(maker);
    expect(failed).toEqual([]);
    expect(files.get(slave)?.texts('read')).toEqual(['']);
  });

  test('have all that was typed into a raw terminal again, byte for byte', () => {
    const maker = new PlanMaker();
    const input = Buffer.from(Array.from({ length: 4000 }, (_, at) => (at * 7) & 0xff));
    const { slave, master } = pair(maker, 1, { iflag: 0o2400, lflag: RAW, input, ready: 4000, lineEnds: [] });
    const { failed, files } = program.run(maker);
    expect(failed).toEqual([]);
    expect(Buffer.from(files.get(slave)?.all('read').join('') ?? '', 'hex').equals(input)).toBe(true);
    expect(files.get(master)?.texts('read')).toEqual([]);
  });

  test('have what their masters had not read: packet mode, held output', () => {
    const maker = new PlanMaker();
    const input = Buffer.from('a prompt\r\n\xff# ', 'latin1');
    const plain = pair(
      maker,
      0,
      { input: Buffer.from('typed'), lineEnds: [] },
      { input, ready: input.length },
    );
    const told = { flags: TERMINAL_FLAG.packet, packetStatus: 0, input: Buffer.from('in a packet') };
    const packets = pair(maker, 1, { input: Buffer.alloc(0), lineEnds: [] }, told);
    const stopped = { ...told, packetStatus: 4 };
    const held = pair(
      maker,
      2,
      { flags: TERMINAL_FLAG.stopped, input: Buffer.alloc(0), lineEnds: [] },
      stopped,
    );
    const { failed, files, left } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
    expect(files.get(plain.master)?.texts('read')).toEqual([input.toString('latin1')]);
    expect(files.get(packets.master)?.texts('read')).toEqual(['\0in a packet']);
    expect(files.get(packets.master)?.get('packet')).toBe('1');
    expect(files.get(held.master)?.texts('read')).toEqual(['\x04', '\0in a packet']);
  });

  test('are closed on the side that nobody has', () => {
    const maker = new PlanMaker();
    const row = { ...(samplePlan().terminal[0] as Terminal), other: 1, index: 0 };
    maker.add('terminal', { ...row, flags: TERMINAL_FLAG.other_closed });
    maker.add('terminal', { ...row, kind: TERMINAL_KIND.pty_slave, name: 'pts/0', other: 0 });
    maker.add('terminal', { ...row, index: 1, other: 3 });
    maker.add('terminal', { ...row, kind: TERMINAL_KIND.pty_slave, name: 'pts/1', index: 1, other: 2 });
    const closed = maker.file('terminal', 0, '/dev/ptmx', { flags: 0o104002 });
    const unopened = maker.file('terminal', 2, '/dev/ptmx', { flags: 0o104002 });
    const { failed, left, ends } = program.run(maker);
    expect([failed, left]).toEqual([[], []]);
    expect([ends.get(closed), ends.get(unopened)]).toEqual(['closed', 'open']);
  });
});

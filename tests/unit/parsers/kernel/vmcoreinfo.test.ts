import { describe, expect, test } from 'vitest';
import { openKernel } from '../../../../src/parsers/kernel/open-kernel.js';
import { parseVmcoreinfo, vmcoreinfoNote } from '../../../../src/parsers/kernel/vmcoreinfo.js';
import { buildIdOf } from '../../../../src/parsers/symbols/build-id.js';
import { madeMachine } from '../../helpers/made-machine.js';

const desc = (text: string) => Buffer.from(text, 'latin1');

describe('VMCOREINFO', () => {
  test('is lines of key and value', () => {
    const values = parseVmcoreinfo('OSRELEASE=6.1\nSYMBOL(_stext)=ffffffff81000000\n\nbroken\nX=a=b\n');
    expect(Object.fromEntries(values)).toEqual({
      OSRELEASE: '6.1',
      'SYMBOL(_stext)': 'ffffffff81000000',
      X: 'a=b',
    });
  });

  test('is taken from the image’s notes first', () => {
    const notes = [
      { name: 'CORE', type: 1, desc: desc('x') },
      { name: 'VMCOREINFO', type: 0, desc: desc('OSRELEASE=6.1\n\0junk') },
    ];
    expect(vmcoreinfoNote(notes)).toEqual({ values: new Map([['OSRELEASE', '6.1']]), from: 'ELF note' });
    expect(vmcoreinfoNote([]).from).toBeNull();
  });

  test('in a note leads to the kernel, and says so', () => {
    const { memory, at } = madeMachine();
    const text = memory.memory().bytes(at.note + 24, 400);
    memory.notes.push({ name: 'VMCOREINFO', type: 0, desc: text });
    const kernel = openKernel(memory.memory(), { noCache: true });
    expect(kernel.location.vmcoreinfoFrom).toBe('ELF note');
    expect(kernel.location.release).toBe('6.12.0-made');
  });

  test('that is overwritten is none', () => {
    const { memory, at } = madeMachine();
    memory.write(at.note, new Uint8Array(64).fill(0x5a));
    const { location } = openKernel(memory.memory(), { noCache: true });
    expect(location).toMatchObject({ vmcoreinfoFrom: null, kaslrOffset: 0x1260_0000 });
  });
});

describe('a build id', () => {
  test('is found behind other notes', () => {
    const notes = Buffer.alloc(20 + 24);
    notes.writeUInt32LE(4, 0);
    notes.writeUInt32LE(3, 4);
    notes.write('Xen\0abc', 12, 'latin1');
    notes.writeUInt32LE(4, 20);
    notes.writeUInt32LE(4, 24);
    notes.writeUInt32LE(3, 28);
    notes.write('GNU\0', 32, 'latin1');
    notes.write('deadbeef', 36, 'hex');
    expect(buildIdOf(notes)).toBe('deadbeef');
  });

  test.each([[[]], [[4, 0, 0, 0]], [new Array(64).fill(0)], [new Array(64).fill(0xff)]])(
    'is null in notes that are damaged',
    (bytes) => {
      expect(buildIdOf(Uint8Array.from(bytes))).toBeNull();
    },
  );
});

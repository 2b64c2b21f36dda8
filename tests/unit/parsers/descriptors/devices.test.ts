import { expect, test } from 'vitest';
import { devicesOf, readDevice } from '../../../../src/parsers/descriptors/devices.js';
import { MadeDescriptors } from './made-descriptors.js';

function made() {
  const kernel = new MadeDescriptors();
  kernel.types
    .struct('char_device_struct', {
      next: 'ptr',
      major: 'u32',
      baseminor: 'u32',
      minorct: 'i32',
      name: 'char[64]',
    })
    .struct('blk_major_name', { next: 'ptr', major: 'i32', name: 'char[16]' });
  const [chars, blocks] = [kernel.alloc(255 * 8), kernel.alloc(255 * 8)];
  kernel.symbol('chrdevs', chars);
  kernel.symbol('major_names', blocks);
  const serial = kernel.make('char_device_struct', { major: 4, baseminor: 64, minorct: 4, name: 'ttyS' });
  const tty = kernel.make('char_device_struct', {
    next: serial,
    major: 4,
    baseminor: 1,
    minorct: 63,
    name: 'tty',
  });
  const far = kernel.make('char_device_struct', { major: 259, minorct: 256, name: 'far' });
  // 259 % 255: the same chain as 4
  kernel.set(serial, 'char_device_struct.next', far);
  kernel.poke((chars + 4 * 8) as typeof chars, tty);
  kernel.poke(
    (blocks + 254 * 8) as typeof blocks,
    kernel.make('blk_major_name', { major: 254, name: 'virtblk' }),
  );
  return kernel;
}

test('drivers by number, those of one number in the order of their chain', () => {
  const { char, block } = devicesOf(made().kernel());
  expect(char.map(({ major, name }) => `${major} ${name}`)).toEqual(['4 tty', '4 ttyS', '259 far']);
  expect(block.map(({ major, name }) => `${major} ${name}`)).toEqual(['254 virtblk']);
});

test.each([
  ['char', (4 << 20) | 65, 'ttyS'],
  ['char', (4 << 20) | 2, 'tty'],
  ['char', (4 << 20) | 200, null],
  ['block', (254 << 20) | 3, 'virtblk'],
] as const)('a %s device %i', (type, rdev, driver) => {
  expect(readDevice(made().open({ f_inode: 0 }, { type, rdev }))).toMatchObject({ kind: 'device', driver });
});

test('no device', () => {
  expect(readDevice(made().open({ f_inode: 0 }, { type: 'regular', rdev: 0 }))).toBeNull();
});

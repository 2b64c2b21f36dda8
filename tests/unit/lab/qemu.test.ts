import { describe, expect, test } from 'vitest';
import type { Guest } from '../../../src/lab/build.js';
import {
  cpuModel,
  DEFAULT_MACHINE,
  kernelArguments,
  parseSize,
  qemuArguments,
} from '../../../src/lab/qemu.js';
import { guestSpec } from '../../../src/lab/recipe.js';

const guest: Guest = {
  spec: guestSpec({ suite: 'bookworm' }),
  dir: '/g',
  disk: '/g/disk.ext4',
  kernel: '/g/vmlinuz',
  initramfs: '/g/initramfs',
  release: '6.1.0',
};
const files = {
  ram: '/o/dump.raw',
  truth: '/o/truth',
  swap: '/o/swap',
  console: '/o/console.log',
  qmp: '/t/qmp',
};
const argument = (args: readonly string[], flag: string) => args[args.indexOf(flag) + 1];

describe("QEMU's arguments", () => {
  test('put the RAM in a shared file and leave the cached disk alone', () => {
    const args = qemuArguments(guest, files, DEFAULT_MACHINE);
    expect(argument(args, '-object')).toBe(
      'memory-backend-file,id=ram,size=1073741824,mem-path=/o/dump.raw,share=on',
    );
    expect(argument(args, '-machine')).toBe('q35,memory-backend=ram');
    const drives = args.filter((arg) => arg.startsWith('file=') && arg.includes('if=none'));
    expect(drives.map((drive) => drive.includes('snapshot=on'))).toEqual([true, false, false]);
    expect(drives[0]).toContain('/g/disk.ext4');
  });

  test('emulate unless told otherwise, without the instruction that QEMU gets wrong', () => {
    expect(argument(qemuArguments(guest, files, DEFAULT_MACHINE), '-accel')).toMatch(/^tcg/);
    expect(argument(qemuArguments(guest, files, { ...DEFAULT_MACHINE, kvm: true }), '-accel')).toBe('kvm');
    expect(argument(qemuArguments(guest, files, DEFAULT_MACHINE), '-cpu')).toBe('Nehalem,-cx16');
    expect(cpuModel({ cpu: 'max', kvm: false })).toBe('max,-cx16');
    expect(cpuModel({ cpu: 'max,+cx16', kvm: false })).toBe('max,+cx16');
    expect(cpuModel({ cpu: 'host', kvm: true })).toBe('host');
  });

  test('write a console to its file; one that is typed at is on standard input and output, and nowhere logged', () => {
    expect(argument(qemuArguments(guest, files, DEFAULT_MACHINE), '-serial')).toBe('file:/o/console.log');
    const args = qemuArguments(
      guest,
      { ...files, resurrect: { kit: '/o/kit', port: '/t/port' } },
      { ...DEFAULT_MACHINE, panic: 'resurrect' },
    );
    expect(argument(args, '-serial')).toBe('chardev:console');
    expect(args.filter((arg) => arg.includes('id=console'))).toEqual(['stdio,id=console,signal=off']);
    expect(args.join(' ')).not.toMatch(/logfile|console\.log/);
  });

  test('hold more than 4 GiB', () => {
    const args = qemuArguments(guest, files, {
      ...DEFAULT_MACHINE,
      ramBytes: parseSize('8G'),
      machine: 'pc',
    });
    expect(argument(args, '-m')).toBe('8192M');
    expect(argument(args, '-machine')).toBe('pc,memory-backend=ram');
  });
});

test('kernel arguments name workloads and panic, and end with the user’s', () => {
  const line = kernelArguments({
    ...DEFAULT_MACHINE,
    workloads: ['zoo'],
    append: 'nokaslr crashkernel=256M',
  });
  expect(line).toContain(' ow.work=zoo ow.panic=sysrq ');
  expect(line).toMatch(/panic=0 .*nokaslr crashkernel=256M$/);
});

test('a panic into a crash kernel needs memory for it', () => {
  const machine = { ...DEFAULT_MACHINE, panic: 'kexec' } as const;
  expect(kernelArguments(machine)).toContain(' ow.panic=kexec crashkernel=192M');
  expect(kernelArguments({ ...machine, append: 'crashkernel=256M' })).not.toContain('192M');
  expect(kernelArguments(DEFAULT_MACHINE)).not.toContain('crashkernel');
});

test('sizes of RAM', () => {
  expect(parseSize('1G')).toBe(2 ** 30);
  expect(parseSize('768M')).toBe(768 * 2 ** 20);
  expect(parseSize('4GiB')).toBe(2 ** 32);
  for (const bad of ['', '1', '1T', '64M', '-1G', '1.5G'])
    expect(() => parseSize(bad)).toThrow('no size of RAM');
});

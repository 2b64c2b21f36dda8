// What a user installs in a guest: otherworld-image, held to what the lab itself puts into a crash kernel's initramfs. Two
// ways to the same modules: kmod's, which the script asks, and src/lab/initramfs.ts, which reads modules.dep.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildGuest, canBuild, type Guest } from '../../src/lab/build.js';
import { hasProgram, searchPath } from '../../src/lab/host.js';
import { modulesFrom } from '../../src/lab/initramfs.js';
import { parseSuite } from '../../src/lab/suites.js';

const root = join(import.meta.dirname, '../..');
const IMAGE = join(root, 'kernel/install/otherworld-image');
const possible =
  canBuild() && ['debugfs', 'cpio', 'modprobe', 'modinfo', 'depmod'].every((name) => hasProgram(name));
const suite = parseSuite(process.env['OW_GUEST_SUITE'] ?? 'bookworm');
const dir = mkdtempSync(join(tmpdir(), 'ow-install-'));
const env = { ...process.env, PATH: searchPath() };
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const image = (...argv: string[]) => spawnSync(IMAGE, argv, { env, encoding: 'utf8' });

describe('otherworld-image', () => {
  test('tells its options, and what is missing', () => {
    expect(image('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('--root DIR') });
    expect(image().status).toBe(2);
    expect(image('--bogus')).toMatchObject({ status: 2, stderr: expect.stringContaining('--bogus') });
    const none = image('-o', join(dir, 'none'), '-k', '1.2.3-none');
    expect(none).toMatchObject({ status: 3, stderr: expect.stringContaining('linux-image-1.2.3-none') });
  });

  describe.runIf(possible)(`for ${suite}`, () => {
    const tree = join(dir, 'tree');
    const [module, executor, out] = [
      join(dir, 'otherworld.ko'),
      join(dir, 'executor'),
      join(dir, 'resurrect.img'),
    ];
    let guest: Guest;
    let modules: string;
    beforeAll(async () => {
      guest = await buildGuest({ suite });
      modules = join(tree, 'lib/modules', guest.release);
      mkdirSync(join(tree, 'lib/modules'), { recursive: true });
      const dump = `rdump /lib/modules/${guest.release} ${join(tree, 'lib/modules')}`;
      execFileSync('debugfs', ['-R', dump, guest.disk], { env, stdio: 'ignore' });
      execFileSync('depmod', ['-b', tree, guest.release], { env });
      writeFileSync(module, 'a module\n');
      writeFileSync(executor, 'an executor\n');
    });

    test('holds the executor, and the modules of disk and port behind what they need', () => {
      const argv = ['-r', tree, '-k', guest.release, '-m', module, '-e', executor, '-o', out];
      expect(image(...argv, '--add', 'no_such_module')).toMatchObject({ status: 0 });
      const unpacked = join(dir, 'unpacked');
      mkdirSync(unpacked);
      execFileSync('cpio', ['-id', '--quiet'], { cwd: unpacked, input: readFileSync(out) });
      expect(readFileSync(join(unpacked, 'init'), 'latin1')).toBe('an executor\n');
      expect(statSync(join(unpacked, 'init')).mode & 0o777).toBe(0o755);
      const wanted = modulesFrom(modules, [
        'virtio_pci',
        'virtio_blk',
        'ext4',
        'crc32c_generic',
        'virtio_console',
      ]);
      const order = readFileSync(join(unpacked, 'modules/order'), 'latin1').trim().split('\n');
      const names = order.map((path) => /^\/modules\/(.*)\.ko$/.exec(path)?.[1]?.replaceAll('-', '_'));
      expect([...names].sort()).toEqual([...wanted.map(({ name }) => name), 'otherworld'].sort());
      for (const { name, data } of wanted) {
        const at = order[names.indexOf(name)] as string;
        expect(readFileSync(join(unpacked, at)).equals(data), name).toBe(true);
      }
      expect(names.indexOf('virtio')).toBeLessThan(names.indexOf('virtio_blk'));
      expect(names.at(-1)).toBe('otherworld');
    });

    test('is the same of the same files', () => {
      const again = join(dir, 'again.img');
      const argv = ['-r', tree, '-k', guest.release, '-m', module, '-e', executor];
      expect(image(...argv, '-o', again).status).toBe(0);
      expect(readFileSync(again).equals(readFileSync(out))).toBe(true);
    });

    test('is not made, and leaves nothing, without the module', () => {
      const nothing = join(dir, 'nothing.img');
      const refused = image('-r', tree, '-k', guest.release, '-e', executor, '-o', nothing);
      expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('make -C kernel') });
      expect(
        [nothing, `${nothing}.partial`].map((path) => statSync(path, { throwIfNoEntry: false })),
      ).toEqual([undefined, undefined]);
    });
  });
});

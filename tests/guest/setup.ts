// Before the guest tests: a fresh capture of a guest made from the Debian archive, in a temporary folder.
// OW_GUEST_SUITE chooses the suite; OW_CAPTURES names a folder of captures to use instead.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureGuest } from '../../src/lab/capture.js';
import { DEFAULT_MACHINE } from '../../src/lab/qemu.js';
import { parseFlavour, parseSuite } from '../../src/lab/suites.js';

export default async function setup(): Promise<(() => void) | undefined> {
  if (process.env['OW_CAPTURES'] !== undefined) return undefined;
  const suite = parseSuite(process.env['OW_GUEST_SUITE'] ?? 'bookworm');
  const folder = mkdtempSync(join(tmpdir(), 'otherworld-guest-'));
  process.env['OW_CAPTURES'] = folder;
  await captureGuest({
    suite,
    flavour: parseFlavour('cloud'),
    out: join(folder, suite),
    elf: true,
    early: true,
    machine: { ...DEFAULT_MACHINE, append: 'crashkernel=128M' },
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
  return () => rmSync(folder, { recursive: true, force: true });
}

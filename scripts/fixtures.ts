// `npm run fixtures [-- SUITE…] [--from DIR]`: makes fixtures/SUITE/ for the four kernels from nothing: builds the
// guest, captures it in a panic, trims the dump. With --from, takes captures that are already in DIR/SUITE/.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { captureGuest } from '../src/lab/capture.js';
import { makeFixture, type TrimOptions } from '../src/lab/fixture.js';
import { DEFAULT_MACHINE } from '../src/lab/qemu.js';
import { parseFlavour, parseSuite, SUITES } from '../src/lab/suites.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const CONTENTS: TrimOptions = { processes: ['vi', 'joe', 'less', 'zoo-*'], pagesEach: 8 };

const { values, positionals } = parseArgs({ options: { from: { type: 'string' } }, allowPositionals: true });
for (const name of positionals.length > 0 ? positionals : SUITES) {
  const suite = parseSuite(name);
  const work = values.from === undefined ? mkdtempSync(join(tmpdir(), 'otherworld-fixture-')) : undefined;
  try {
    const capture = work === undefined ? join(values.from as string, suite) : join(work, 'capture');
    if (work !== undefined) {
      await captureGuest({
        suite,
        flavour: parseFlavour('cloud'),
        out: capture,
        machine: { ...DEFAULT_MACHINE, workloads: ['editors', 'servers', 'zoo'] },
        onProgress: (message) => process.stderr.write(`${message}\n`),
      });
    }
    const report = await makeFixture(capture, join(root, 'fixtures', suite), CONTENTS);
    const mib = (report.fileBytes / 2 ** 20).toFixed(1);
    process.stderr.write(`fixtures/${suite}: ${report.pages} pages in ${report.ranges} ranges, ${mib} MiB\n`);
  } finally {
    if (work !== undefined) rmSync(work, { recursive: true, force: true });
  }
}

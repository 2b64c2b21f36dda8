// `npm run symbols`: makes symbols/answers-*.json, what the program knows of the tested kernels without looking: the
// symbols and types that an inspection asks for, learnt from the fixtures. symbols/README.md has the format.
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDump } from '../src/parsers/dump.js';
import { readEverything } from '../src/parsers/read-everything.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const SHIPPED = join(root, 'symbols');
const ANSWERS = /^answers-.*\.json$/;

const learnt = mkdtempSync(join(tmpdir(), 'otherworld-symbols-'));
try {
  for (const suite of readdirSync(join(root, 'fixtures'), { withFileTypes: true })) {
    if (!suite.isDirectory()) continue;
    const path = join(root, 'fixtures', suite.name, 'capture.lime.lz4');
    const dump = openDump(path, { cacheDirectory: learnt, sharedAnswers: [] });
    readEverything(dump);
    dump.close();
  }
  for (const name of readdirSync(SHIPPED)) if (ANSWERS.test(name)) rmSync(join(SHIPPED, name));
  for (const name of readdirSync(learnt)) {
    if (ANSWERS.test(name)) copyFileSync(join(learnt, name), join(SHIPPED, name));
  }
} finally {
  rmSync(learnt, { recursive: true, force: true });
}

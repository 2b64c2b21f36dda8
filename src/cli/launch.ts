#!/usr/bin/env node
// What is installed as `ow` and as `ow-inspect`: runs the program, which is a script beside this file (script-of.ts), and
// keeps what V8 made of that script for the next run (kept-code.ts). Compiling it again would take a third of a short run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { EXIT } from '../base/error.js';
import { keepCode, keptCode, placeOfCode } from './kept-code.js';
import type { ProgramName, start } from './program.js';
import { type ScriptName, scriptOf } from './script-of.js';

/** Put in by the build: which program this is, and hashes of the scripts. */
declare const __PROGRAM__: ProgramName;
declare const __SCRIPT_HASHES__: Readonly<Record<ScriptName, string>>;
/** Of the file that the build makes of this one, which is beside the scripts. */
declare const require: NodeJS.Require;

type Wrapper = (require: NodeJS.Require, exports: object, __filename: string, __dirname: string) => void;

// Made before V8's switches are changed: Node.js compiles what it loads of its own afterwards without its cache.
const { stdout } = process;

// V8 begins to optimise a function after some milliseconds of it, on a thread of its own. Most runs are over before that
// pays, and where the processors are busy it takes its time from the run itself: half as much again. So it is to wait for
// seven times as long as by default, which a run of a second does not notice. V8 of Node.js 20 has this switch; later
// ones have another compiler in between, and do without.
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=500000');

/** How a run ends that came to its end, whatever it found: it has compiled what such runs need. */
const DONE = new Set<number>([EXIT.ok, EXIT.absent, EXIT.faults, EXIT.warnings, EXIT.broken]);

const argv = process.argv.slice(2);
const name = scriptOf(__PROGRAM__, argv);
const path = join(import.meta.dirname, `${name}.cjs`);
const place = placeOfCode(__PROGRAM__, argv, __SCRIPT_HASHES__[name]);
const code = place === null ? undefined : keptCode(place);
// The build leaves nothing but ASCII in it.
const script = new Script(readFileSync(path, 'latin1'), {
  filename: path,
  ...(code && { cachedData: code }),
});
if (place !== null && (code === undefined || script.cachedDataRejected === true)) {
  process.once('exit', (status) => {
    if (DONE.has(status)) keepCode(place, script.createCachedData());
  });
}
const program: { start?: typeof start } = {};
(script.runInThisContext() as Wrapper)(require, program, path, import.meta.dirname);
void program.start?.(__PROGRAM__).then(leave);

/** At once when all is written: an idle V8 would first collect the garbage that goes with the process anyway. */
function leave(): void {
  stdout.write('', () => process.exit());
}

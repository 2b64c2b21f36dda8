#!/usr/bin/env node
// `ow-inspect` is `ow inspect` under a name of its own.
import { runInspect } from './inspect.js';
import { runMain } from './main.js';

await runMain((argv) => runInspect(argv));

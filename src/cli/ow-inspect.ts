#!/usr/bin/env node
// `ow-inspect`, run from source: `ow inspect` under a name of its own.
import { start } from './program.js';

await start('ow-inspect');

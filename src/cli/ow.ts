#!/usr/bin/env node
// `ow`, run from source.
import { start } from './program.js';

await start('ow');

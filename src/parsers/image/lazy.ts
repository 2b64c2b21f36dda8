// Packages that one container or codec needs and the others do not: loaded when the first such file or page is read, so
// that a raw dump does not pay milliseconds for them at every start.

import { createRequire } from 'node:module';
import { SystemError } from '../../base/error.js';

const require = createRequire(import.meta.url);

export function loadElfy(): typeof import('elfy') {
  return load('elfy') as typeof import('elfy');
}

export function loadBinaryParser(): typeof import('binary-parser') {
  return load('binary-parser') as typeof import('binary-parser');
}

/** The block functions of `lz4`, without the streams that its main module drags in. */
export function loadLz4(): typeof import('lz4/lib/utils.js') {
  return load('lz4/lib/utils.js') as typeof import('lz4/lib/utils.js');
}

export function loadFzstd(): typeof import('fzstd') {
  return load('fzstd') as typeof import('fzstd');
}

/** Node's own, but a millisecond too. */
export function loadZlib(): typeof import('node:zlib') {
  return load('node:zlib') as typeof import('node:zlib');
}

function load(name: string): unknown {
  try {
    return require(name);
  } catch (error) {
    const [packageName] = name.split('/');
    throw new SystemError(
      `the package ${packageName} cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
      `Run: npm rebuild ${packageName}`,
    );
  }
}

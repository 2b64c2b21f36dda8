// What zram compresses pages with, by the names of /sys/block/zramN/comp_algorithm. Packages are loaded when a first
// page of their kind is read.

import { Fault } from '../../base/fault.js';
import { loadLz4, loadZlib } from '../image/lazy.js';
import { decodeLzo } from './lzo.js';
import { decodeZstd } from './zstd.js';

/** Decodes a whole page; how many bytes that gave, or less than 0 where `packed` is damaged. Writes nothing beyond. */
type Decode = (packed: Uint8Array, page: Uint8Array) => number;

const lz4: Decode = (packed, page) => loadLz4().bindings.uncompress(packed, page, 0, packed.length);

const CODECS: ReadonlyMap<string, Decode> = new Map([
  ['lzo', decodeLzo],
  ['lzo-rle', decodeLzo],
  ['lz4', lz4],
  ['lz4hc', lz4],
  ['zstd', decodeZstd],
  ['deflate', inflate],
]);

/** Fills `page` with what `packed` decodes to; throws a fault where that is no page. */
export function decodePage(algorithm: string, packed: Uint8Array, page: Uint8Array): void {
  const decode = CODECS.get(algorithm);
  if (decode === undefined) throw new Fault('unknown', `no decoder for pages compressed with ${algorithm}`);
  const bytes = decode(packed, page);
  if (bytes === page.length) return;
  const what = bytes < 0 ? 'is damaged' : `decodes to ${bytes} bytes instead of ${page.length}`;
  throw new Fault('corrupt', `a page compressed with ${algorithm} ${what}`);
}

/** A raw stream, without header and checksum. */
function inflate(packed: Uint8Array, page: Uint8Array): number {
  try {
    const bytes = loadZlib().inflateRawSync(packed, { maxOutputLength: page.length });
    page.set(bytes);
    return bytes.length;
  } catch {
    return -1;
  }
}

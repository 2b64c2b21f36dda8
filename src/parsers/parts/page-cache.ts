// What of files is in memory, on disk or not.

import type { Dump } from '../dump.js';
import { PageCache } from '../pagecache/page-cache.js';
import { perDump } from './per-dump.js';

export const pageCacheOf: (dump: Dump) => PageCache = perDump((dump) => new PageCache(dump.kernel, dump));

// The folder is the architecture: imports go one way, type imports included, and no file imports itself in a circle.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const src = join(root, 'src');

/** What each room may import from, itself aside. The order is the way of the data. */
const ROOMS: Record<string, readonly string[]> = {
  base: [],
  snapshot: ['base'],
  parsers: ['base', 'snapshot'],
  resurrect: ['base', 'snapshot'],
  guard: ['base', 'snapshot', 'parsers', 'resurrect'],
  lab: ['base', 'snapshot', 'parsers', 'guard'],
  index: ['base', 'snapshot', 'parsers', 'resurrect'],
  cli: ['base', 'snapshot', 'parsers', 'resurrect', 'guard', 'lab'],
};

/** Likewise for the folders of parsers/; `dump` is the facade on top, `parts` what else is
 * read of one, and what is made of all of it stands behind. */
const PARSERS: Record<string, readonly string[]> = {
  image: [],
  paging: ['image'],
  types: [],
  symbols: ['image', 'paging', 'types'],
  cache: ['symbols', 'types'],
  kernel: ['image', 'paging', 'symbols', 'types', 'cache'],
  walks: ['paging', 'types', 'kernel'],
  stack: ['paging', 'symbols', 'types', 'kernel', 'walks'],
  'panic-area': ['image', 'paging', 'kernel', 'stack'],
  fs: ['paging', 'types', 'kernel', 'walks'],
  mm: ['image', 'paging', 'types', 'symbols', 'kernel', 'walks', 'fs'],
  tasks: ['paging', 'types', 'kernel', 'walks', 'fs', 'mm'],
  system: ['paging', 'types', 'kernel', 'walks', 'stack', 'tasks'],
  threads: ['paging', 'types', 'symbols', 'kernel', 'walks', 'stack', 'panic-area', 'fs', 'mm', 'tasks'],
  security: ['paging', 'types', 'kernel'],
  signals: ['paging', 'types', 'symbols', 'kernel', 'walks', 'stack', 'fs', 'mm', 'tasks', 'security'],
  descriptors: ['paging', 'types', 'symbols', 'kernel', 'walks', 'stack', 'fs', 'mm', 'tasks', 'signals'],
  net: ['paging', 'types', 'symbols', 'kernel', 'walks', 'stack', 'fs', 'mm', 'tasks', 'descriptors'],
  swap: ['image', 'paging', 'types', 'symbols', 'kernel', 'walks', 'stack', 'fs', 'mm', 'tasks'],
  pagecache: ['image', 'paging', 'types', 'symbols', 'kernel', 'walks', 'stack', 'fs', 'mm', 'tasks', 'swap'],
  search: ['image', 'paging', 'kernel', 'mm'],
  traits: [
    'kernel',
    'stack',
    'fs',
    'mm',
    'tasks',
    'system',
    'threads',
    'security',
    'signals',
    'descriptors',
    'net',
    'swap',
    'pagecache',
  ],
  dump: ['image', 'paging', 'symbols', 'kernel', 'fs', 'mm', 'tasks', 'swap'],
  parts: ['stack', 'fs', 'system', 'threads', 'signals', 'descriptors', 'net', 'swap', 'pagecache', 'dump'],
  'build-snapshot': ['swap', 'dump', 'parts'],
  'read-everything': ['descriptors', 'dump', 'parts'],
  core: ['kernel', 'stack', 'mm', 'threads', 'dump', 'parts'],
};

/** Likewise for the folders of resurrect/. */
const RESURRECT: Record<string, readonly string[]> = {
  abi: [],
  json: ['abi'],
  plan: ['abi'],
  check: ['abi', 'json'],
  diff: ['abi', 'json'],
  journal: ['abi'],
  simulate: ['abi', 'journal'],
  verify: ['abi', 'diff'],
};

/** And for abi/: `schema` is data, `records` is generated from it; `source` and `sink` carry out what it decides. */
const ABI: Record<string, readonly string[]> = {
  schema: [],
  names: [],
  error: [],
  align: [],
  shape: [],
  source: ['error', 'align'],
  sink: ['error', 'align'],
  records: ['source', 'sink', 'shape'],
  'page-run': ['records'],
  plan: ['records'],
  reach: ['records', 'plan'],
  container: ['schema', 'error', 'align', 'source', 'records', 'plan'],
  'upgrade-1': ['align', 'container', 'source'],
  upgrade: ['schema', 'error', 'upgrade-1'],
  encode: ['schema', 'align', 'sink', 'records', 'plan'],
  decode: ['source', 'records', 'plan', 'upgrade', 'container'],
};

/** Tables of the folders that have rooms of their own. */
const INNER: Record<string, Record<string, readonly string[]>> = {
  parsers: PARSERS,
  resurrect: RESURRECT,
  'resurrect/abi': ABI,
};

/** Tables, one file for each chapter of docs/plan-format.md: read there, not here; and what is generated from them. */
const TABLES = ['schema', 'records'].map((name) => join(src, 'resurrect/abi', name));

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** Files of this project that a file imports: static, dynamic, type-only and re-exports. */
function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g);
  return [...found].map((match) =>
    normalize(join(dirname(file), match[1] as string)).replace(/\.js$/, '.ts'),
  );
}

/** First folder below `base` (or the file's own name at its top). */
function room(base: string, file: string): string {
  return relative(base, file).split('/')[0]?.replace(/\.ts$/, '') ?? '';
}

const files = sources(src);
const graph = new Map(files.map((file) => [file, imports(file)]));

/** Imports that leave a room for one that it may not use, as `from → to`. */
function trespasses(base: string, rooms: Record<string, readonly string[]>): string[] {
  const found: string[] = [];
  for (const [file, targets] of graph) {
    if (relative(base, file).startsWith('..')) continue;
    const from = room(base, file);
    for (const target of targets) {
      if (relative(base, target).startsWith('..')) continue;
      const to = room(base, target);
      if (to !== from && !rooms[from]?.includes(to)) {
        found.push(`${relative(root, file)} → ${relative(root, target)}`);
      }
    }
  }
  return found;
}

describe('imports', () => {
  test('were found at all', () => {
    const edges = [...graph.values()].reduce((sum, targets) => sum + targets.length, 0);
    expect(edges).toBeGreaterThan(files.length / 2);
  });

  test('every room is known', () => {
    const rooms = new Set(files.map((file) => room(src, file)));
    expect([...rooms].filter((name) => !(name in ROOMS))).toEqual([]);
    for (const [folder, rooms] of Object.entries(INNER)) {
      const within = files.filter((file) => !relative(join(src, folder), file).startsWith('..'));
      const names = new Set(within.map((file) => room(join(src, folder), file)));
      expect([...names].filter((name) => !(name in rooms))).toEqual([]);
    }
  });

  test('go one way between rooms', () => {
    expect(trespasses(src, ROOMS)).toEqual([]);
  });

  test.each(Object.keys(INNER))('go one way within %s', (folder) => {
    expect(trespasses(join(src, folder), INNER[folder] ?? {})).toEqual([]);
  });

  test('the tables themselves have no circle', () => {
    for (const table of [ROOMS, ...Object.values(INNER)]) {
      const order = Object.keys(table);
      for (const [name, allowed] of Object.entries(table)) {
        const later = allowed.filter((other) => order.indexOf(other) >= order.indexOf(name));
        expect(later, `${name} imports what stands behind it`).toEqual([]);
      }
    }
  });

  test('no file imports itself in a circle', () => {
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: string[]): void => {
      if (trail.includes(file)) {
        const circle = [...trail.slice(trail.indexOf(file)), file];
        circles.push(circle.map((step) => relative(root, step)).join(' → '));
        return;
      }
      if (done.has(file)) return;
      for (const target of graph.get(file) ?? []) visit(target, [...trail, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  test('files stay readable in one sitting', () => {
    const written = files.filter((file) => !TABLES.includes(dirname(file)));
    const long = written.filter((file) => readFileSync(file, 'utf8').split('\n').length > 400);
    expect(long.map((file) => relative(root, file))).toEqual([]);
  });
});

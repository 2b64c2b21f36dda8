// Builds dist/: bundles that start fast (esbuild, one shared chunk set, each command loaded when used) and the
// declarations of the library. Native and third-party packages stay outside the bundle.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = new URL('..', import.meta.url).pathname;
const out = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    index: 'src/index.ts',
    'cli/ow': 'src/cli/ow.ts',
    'cli/ow-inspect': 'src/cli/ow-inspect.ts',
  },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: false,
  minifyWhitespace: true,
  minifySyntax: true,
  minifyIdentifiers: true,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  define: { __OTHERWORLD_VERSION__: JSON.stringify(version) },
});
// What the lab puts into guests: C sources and scripts, as they are.
cpSync(join(root, 'src/lab/guest'), join(out, 'lab/guest'), { recursive: true });
for (const bin of ['ow.js', 'ow-inspect.js']) chmodSync(join(out, 'cli', bin), 0o755);

const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');
execFileSync(
  process.execPath,
  [tsc, '-p', 'tsconfig.build.json', '--declaration', '--emitDeclarationOnly', '--noEmit', 'false'],
  { cwd: root, stdio: 'inherit' },
);

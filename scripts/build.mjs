// Builds dist/: the library as one module with its declarations, and the programs as one script that starts fast, with a
// smaller one for what needs no dump (src/cli/script-of.ts). Packages that are needed at run time stay outside them; commander does not: every run needs it, and its files would take longer
// to find and compile than all of ours.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { withSharedClasses } from './shared-classes.mjs';

const root = new URL('..', import.meta.url).pathname;
const out = join(root, 'dist');
const { version, dependencies, optionalDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
);
const outside = Object.keys({ ...dependencies, ...optionalDependencies });

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: false,
  minify: true,
  charset: 'ascii',
  legalComments: 'none',
  define: { __OTHERWORLD_VERSION__: JSON.stringify(version) },
};
const commonjs = {
  ...common,
  format: 'cjs',
  external: outside,
  define: { ...common.define, 'import.meta.url': '__module.url', 'import.meta.dirname': '__dirname' },
};
/** Commander loads what starts processes, and with it half of Node's network, for a kind of command that we have none of. */
const withoutProcesses = {
  name: 'without-processes',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /[\\/]node_modules[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'later' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'later' }, () => ({
      contents: "exports.spawn = (...args) => require('node:child_process').spawn(...args);",
    }));
  },
};
/** Asked for by few. */
const URL_OF_FILE = "const __module={get url(){return require('node:url').pathToFileURL(__filename).href}};";

function rewrite(path, sourceType) {
  writeFileSync(path, withSharedClasses(readFileSync(path, 'utf8'), sourceType));
}

rmSync(out, { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { index: 'src/index.ts' },
  outdir: out,
  format: 'esm',
  packages: 'external',
});
rewrite(join(out, 'index.js'), 'module');

/** Leaves commands out that read dumps: launch.ts runs the whole program for those. */
const plansOnly = {
  name: 'plans-only',
  setup({ onResolve, onLoad }) {
    const inIt = /^\.\/(subcommands|plan|plan\/(check|diff|from-json|journal|show))\.js$/;
    onResolve({ filter: /^\./ }, ({ path, kind }) =>
      kind === 'dynamic-import' && !inIt.test(path) ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `throw new Error('not in plans.cjs: ${path}')`,
    }));
  },
};

// Each is a function of what a module has around it, for launch.ts to call. Commands are part of it and run when used:
// loading fifty small modules one by one takes longer.
const hashes = {};
for (const [name, plugins] of Object.entries({ program: [], plans: [plansOnly] })) {
  const script = join(out, `cli/${name}.cjs`);
  await build({
    ...commonjs,
    entryPoints: ['src/cli/program.ts'],
    outfile: script,
    plugins: [withoutProcesses, ...plugins],
    banner: { js: `(function(require,exports,__filename,__dirname){const module={exports};${URL_OF_FILE}` },
    footer: { js: 'Object.assign(exports,module.exports);})' },
  });
  rewrite(script, 'script');
  hashes[name] = createHash('sha256').update(readFileSync(script)).digest('hex').slice(0, 16);
}
for (const program of ['ow', 'ow-inspect']) {
  const bin = join(out, `cli/${program}.js`);
  await build({
    ...commonjs,
    entryPoints: ['src/cli/launch.ts'],
    outfile: bin,
    banner: { js: URL_OF_FILE },
    define: {
      ...commonjs.define,
      __PROGRAM__: JSON.stringify(program),
      __SCRIPT_HASHES__: JSON.stringify(hashes),
    },
  });
  chmodSync(bin, 0o755);
}
writeFileSync(join(out, 'cli/package.json'), '{ "type": "commonjs" }\n');
const commander = createRequire(import.meta.url).resolve('commander');
cpSync(join(commander, '../LICENSE'), join(out, 'cli/LICENSE.commander'));

// What the lab puts into guests: C sources and scripts, as they are.
cpSync(join(root, 'src/lab/guest'), join(out, 'lab/guest'), { recursive: true });

const tsc = createRequire(import.meta.url)
  .resolve('typescript/package.json')
  .replace('package.json', 'bin/tsc');
execFileSync(
  process.execPath,
  [tsc, '-p', 'tsconfig.build.json', '--declaration', '--emitDeclarationOnly', '--noEmit', 'false'],
  { cwd: root, stdio: 'inherit' },
);

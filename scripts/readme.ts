// `npm run readme`: puts what `npm start` prints into README.md, behind its mark. A test compares.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const README = join(root, 'README.md');
const BLOCK = /(<!-- npm start -->\n)(?:```\n[\s\S]*?\n```\n)?/;

/** What `npm start` prints. */
export function started(): string {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [program, ...args] = (scripts.start as string).split(' ');
  if (program !== 'node') throw new Error('npm start runs something else than node');
  return execFileSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
}

/** The block in the README. */
export function shown(): string {
  return (
    BLOCK.exec(readFileSync(README, 'utf8'))?.[0]
      .replace(/^.*\n```\n/, '')
      .replace(/```\n$/, '') ?? ''
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = readFileSync(README, 'utf8');
  writeFileSync(
    README,
    text.replace(BLOCK, (_all, mark: string) => `${mark}\`\`\`\n${started()}\`\`\`\n`),
  );
}

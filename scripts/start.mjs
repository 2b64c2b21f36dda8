// `npm start`: inspects a bundled capture, plans the resurrection of its processes, and checks the plan.
import { spawnSync } from 'node:child_process';

const DUMP = 'fixtures/bookworm/capture.lime.lz4';
const PLAN = 'bookworm.owplan';
/** `ow plan check`: the plan can be executed, and there is something to know. */
const WARNINGS = 6;

const COMMANDS = [
  ['dist/cli/ow-inspect.js', DUMP],
  ['dist/cli/ow.js', 'plan', 'build', DUMP, '-o', PLAN],
  ['dist/cli/ow.js', 'plan', 'check', PLAN],
];

for (const [index, command] of COMMANDS.entries()) {
  if (index > 0) console.log();
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0 && status !== WARNINGS) process.exit(status ?? 1);
}

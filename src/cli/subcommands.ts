// `ow` and its subcommands. Each is loaded when it is named.
import { EXIT, UsageError } from '../base/error.js';
import { VERSION } from './version.js';

interface Subcommand {
  readonly name: string;
  readonly summary: string;
  readonly run: (argv: readonly string[]) => Promise<number>;
}

const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'inspect',
    summary: 'inspect a dump (also installed as ow-inspect)',
    run: async (argv) => (await import('./inspect.js')).runInspect(argv, 'ow inspect'),
  },
  {
    name: 'snapshot',
    summary: 'write the whole description of a dump as one JSON document',
    run: async (argv) => (await import('./snapshot.js')).runSnapshot(argv),
  },
  {
    name: 'plan',
    summary: 'build, show, check, compare and simulate restore plans',
    run: async (argv) => (await import('./plan.js')).runPlan(argv),
  },
  {
    name: 'guard',
    summary: 'watch a virtual machine, and resurrect its processes when its kernel panics',
    run: async (argv) => (await import('./guard.js')).runGuard(argv),
  },
  {
    name: 'symbols',
    summary: 'export the symbols and types of a dump; import a System.map or vmlinux',
    run: async (argv) => (await import('./symbols.js')).runSymbols(argv),
  },
  {
    name: 'lab',
    summary: 'build guests, capture them in a panic, resurrect them, trim captures to fixtures',
    run: async (argv) => (await import('./lab.js')).runLab(argv),
  },
];

function help(): string {
  const lines = SUBCOMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)}  ${summary}`);
  return `Usage: ow COMMAND [ARGS]

Applications that survive the crash of the kernel beneath them.

Commands:
${lines.join('\n')}

\`ow COMMAND --help\` tells more. Options: --version, --help.
`;
}

export async function runOw(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(help());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  const command = SUBCOMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const known = SUBCOMMANDS.map((candidate) => candidate.name).join(', ');
    throw new UsageError(`no command named ${name}`, `One of: ${known}`);
  }
  return command.run(rest);
}

// The options of every section. They may stand before DUMP, behind it, and behind SECTION.
import { type Command, CommanderError, Option } from 'commander';
import { EXIT, UsageError } from '../base/error.js';
import type { OpenOptions } from '../parsers/dump.js';
import { parseExtent } from './address.js';
import type { ColorChoice } from './render/style.js';

export interface GlobalOptions {
  readonly json?: boolean;
  readonly color: ColorChoice;
  readonly cache: boolean;
  readonly systemMap?: string;
  readonly vmlinux?: string;
  readonly btf?: string;
  readonly force?: boolean;
  readonly kernel?: 'dead' | 'crash' | 'main';
  /** Extents of physical memory, as they were written. */
  readonly within?: readonly string[];
  readonly without?: readonly string[];
  readonly swap?: readonly string[];
  readonly logLevel: string;
}

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug', 'trace'];

function globalOptions(): Option[] {
  return [
    new Option('--json', 'print JSON (docs/json.md)'),
    new Option('--color <when>', 'colour the output').choices(['auto', 'always', 'never']).default('auto'),
    new Option('--no-cache', 'neither read nor write what is remembered: symbols, types, compiled code'),
    new Option('--system-map <file>', 'take symbols from a System.map'),
    new Option('--vmlinux <file>', 'take symbols and types from a vmlinux'),
    new Option('--btf <file>', 'take types from a BTF file'),
    new Option('--force', 'use symbols of another build all the same'),
    new Option(
      '--kernel <which>',
      'where a crash kernel has booted in the same memory: that one, or the dead one (main is the same)',
    ).choices(['dead', 'crash', 'main']),
    repeated('--within <range>', 'read this physical memory only: START-END or START+BYTES'),
    repeated('--without <range>', 'read none of this physical memory'),
    repeated('--swap <file>', 'read swapped pages from this image of a swap area (TYPE=FILE, see swap)'),
    new Option('--log-level <level>', 'log to stderr').choices(LEVELS).default('silent'),
  ];
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, others: readonly string[] = []) => [
    ...others,
    text,
  ]);
}

/** Adds them, with what was said before as their defaults; hidden from a section's help unless `show`. */
export function addGlobals(command: Command, said?: GlobalOptions, show = true): Command {
  for (const option of globalOptions()) {
    const name = option.attributeName() as keyof GlobalOptions;
    if (said?.[name] !== undefined) option.default(said[name]);
    command.addOption(show ? option : option.hideHelp());
  }
  return command
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} });
}

export function openOptions(said: GlobalOptions): OpenOptions {
  const { cache, systemMap, vmlinux, btf, force, kernel } = said;
  return {
    ...{ noCache: !cache, systemMap, vmlinux, btf, force },
    kernel: kernel === 'main' ? 'dead' : kernel,
    within: said.within?.map(parseExtent),
    without: said.without?.map(parseExtent),
  };
}

/** Parses; true where help or the version was asked for, and has been printed. What is wrong is a UsageError. */
export function parseOrHelp(command: Command, argv: readonly string[], hint: string): boolean {
  try {
    command.parse([...argv], { from: 'user' });
    return false;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return true;
    throw new UsageError(error.message.replace(/^error: /, '').replace(/\n/g, ' '), hint);
  }
}

/** Runs the command that `argv` names, of a program whose commands act by themselves; returns the exit code. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  prepare(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
}

/** Has commander throw where it would exit, and begin its messages as we do. */
function prepare(command: Command): void {
  command.exitOverride().configureOutput({
    outputError: (text, write) => write(text.replace(/^error:/, 'ow:').replace(/\n\(/g, '\n    (')),
  });
  for (const each of command.commands) prepare(each);
}

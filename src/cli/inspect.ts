// `ow inspect [options] DUMP [SECTION] [ARGS]`: opens the dump once, runs one section on it, prints the result.
import { existsSync } from 'node:fs';
import { EXIT, UsageError } from '../base/error.js';
import type { Dump } from '../parsers/dump.js';
import { outerCommand, sectionCommand, sectionNamed, sectionUsage } from './help.js';
import { type GlobalOptions, openOptions, parseOrHelp } from './options.js';
import { printResult, type Streams } from './output.js';
import { type ProgressBar, reportProgress } from './render/progress.js';
import type { Section, SectionRun } from './section.js';
import { SECTIONS } from './sections.js';

/** A command line understood. */
export interface Chosen {
  readonly path: string;
  readonly section: Section;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

export async function runInspect(argv: readonly string[], name = 'ow-inspect'): Promise<number> {
  const chosen = chooseSection(argv, name);
  return chosen === undefined ? EXIT.ok : inspect(chosen);
}

/** What a command line asks for; undefined where help or the version has been printed. */
export function chooseSection(argv: readonly string[], name = 'ow-inspect'): Chosen | undefined {
  const seeHelp = `${name} [options] DUMP [SECTION] [ARGS]; ${name} --help tells more.`;
  const outer = outerCommand(name);
  if (parseOrHelp(outer, argv, seeHelp)) return undefined;
  const [path, ...behind] = outer.args;
  if (path === undefined) throw new UsageError('name the dump to inspect', seeHelp);
  if (forgotDump(path)) return helpFor(path, behind, name);
  const between = outerCommand(name, outer.opts<GlobalOptions>());
  if (parseOrHelp(between, behind, seeHelp)) return undefined;
  const [word = 'overview', ...args] = between.args;
  if (word === 'help') return helpFor(args[0], ['--help'], name);
  const section = sectionNamed(word);
  const command = sectionCommand(name, section, between.opts<GlobalOptions>());
  const usage = `${sectionUsage(name, section)}; see ${name} DUMP ${section.name} --help`;
  if (parseOrHelp(command, args, usage)) return undefined;
  return { path, section, args: command.args, options: command.opts() };
}

function forgotDump(path: string): boolean {
  return (path === 'help' || SECTIONS.some((section) => section.name === path)) && !existsSync(path);
}

/** `ow-inspect help ps`, `ow-inspect ps --help`; without --help, the dump was forgotten. */
function helpFor(word: string | undefined, behind: readonly string[], name: string): undefined {
  if (word === 'help' || behind.includes('--help') || behind.includes('-h')) {
    const wanted = word === 'help' ? behind[0] : word;
    const outer = outerCommand(name);
    if (wanted === undefined) outer.outputHelp();
    else sectionCommand(name, sectionNamed(wanted), outer.opts<GlobalOptions>()).outputHelp();
    return undefined;
  }
  throw new UsageError(`there is no file ${word}`, `The dump comes first: ${name} DUMP ${word}`);
}

async function inspect(chosen: Chosen): Promise<number> {
  const globals = globalsOf(chosen);
  const [{ openDump }, run, log] = await Promise.all([
    import('../parsers/dump.js'),
    chosen.section.load(),
    globals.logLevel === 'silent' ? undefined : import('../base/log.js'),
  ]);
  log?.setLogLevel(globals.logLevel);
  const progress = reportProgress(process.stderr);
  try {
    const dump = openDump(chosen.path, openOptions(globals));
    try {
      await attachSwapFiles(dump, globals.swap);
      return await showSection(dump, run, chosen, process, progress);
    } finally {
      dump.close();
    }
  } finally {
    progress.clear();
  }
}

async function attachSwapFiles(dump: Dump, files: readonly string[] = []): Promise<void> {
  if (files.length === 0) return;
  const { attachSwap } = await import('../parsers/parts/swap.js');
  for (const file of files) attachSwap(dump, file);
}

function globalsOf({ options }: Chosen): GlobalOptions {
  return options as unknown as GlobalOptions;
}

/** Runs the chosen section on a dump and prints what it says; returns the exit code. */
export async function showSection(
  dump: Dump,
  run: SectionRun,
  chosen: Chosen,
  streams: Streams,
  progress?: ProgressBar,
): Promise<number> {
  const { args, options } = chosen;
  const { json = false, color } = globalsOf(chosen);
  const result = run({ dump, args, options });
  progress?.clear();
  const faults = chosen.section.name === 'faults' ? undefined : dump.kernel.faults;
  return printResult(result, { json, color }, faults, streams);
}

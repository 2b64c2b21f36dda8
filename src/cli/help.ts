// What --help says of the sections.
import { Command } from 'commander';
import { EXIT, UsageError } from '../base/error.js';
import { addGlobals, type GlobalOptions } from './options.js';
import type { Section } from './section.js';
import { SECTIONS } from './sections.js';
import { VERSION } from './version.js';

/** Takes the options before DUMP, or those between DUMP and SECTION. */
export function outerCommand(name: string, said?: GlobalOptions): Command {
  const command = new Command(name)
    .description(
      'Inspect the memory of a panicked Linux guest: a raw dump, ELF vmcore, or LiME, also in LZ4.',
    )
    .usage('[options] DUMP [SECTION] [ARGS]')
    .argument('[words...]')
    .version(VERSION, '-V, --version', 'show the version')
    .passThroughOptions()
    .configureHelp({ visibleArguments: () => [] })
    .addHelpText('after', sectionHelp(name))
    .action(() => {});
  return addGlobals(command, said);
}

export function sectionCommand(name: string, section: Section, said: GlobalOptions): Command {
  const command = new Command(`${name} DUMP ${section.name}`)
    .description(section.summary)
    .addHelpText('after', sectionFooter(name, section));
  if (section.args) command.arguments(section.args);
  for (const [flags, text] of section.options ?? []) command.option(flags, text);
  return addGlobals(command, said, false).action(() => {});
}

export function sectionNamed(word: string): Section {
  const found = SECTIONS.find((section) => section.name === word);
  if (found) return found;
  const close = SECTIONS.filter(({ name }) => name.startsWith(word) || word.startsWith(name));
  const hint =
    close.length === 1
      ? `Did you mean ${close[0]?.name}?`
      : `One of: ${SECTIONS.map(({ name }) => name).join(', ')}`;
  throw new UsageError(`no section named ${word}`, hint);
}

export function sectionUsage(name: string, section: Section): string {
  return `${name} DUMP ${section.name} ${section.args ?? ''}`.trim();
}

function sectionHelp(name: string): string {
  const usage = SECTIONS.map((section) => `${section.name} ${section.args ?? ''}`.trim());
  const width = Math.max(...usage.map((text) => text.length));
  const lines = SECTIONS.map((section, i) => `  ${(usage[i] as string).padEnd(width)}  ${section.summary}`);
  return `
Sections:
${lines.join('\n')}

A process is named by PID, thread id, or command name. Options may stand anywhere behind ${name}.
\`${name} DUMP SECTION --help\` tells a section's own options.
Exit codes: ${EXIT.ok} shown; ${EXIT.absent} not in this dump; ${EXIT.usage} usage; ${EXIT.input} no dump that can be used; ${EXIT.system} the system refused;
${EXIT.faults} shown, but parts could not be read (docs/exit-codes.md).`;
}

function sectionFooter(name: string, { examples }: Section): string {
  const shown = examples?.map((example) => `  ${name} DUMP ${example}`).join('\n');
  return `${shown ? `\nExamples:\n${shown}\n` : ''}
--json, --color and the other options of \`${name} --help\` apply here too.`;
}

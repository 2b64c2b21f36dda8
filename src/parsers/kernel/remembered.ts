// The kernel by what is remembered about its build: found and checked by one page of .rodata, its notes, its banner and
// its page tables, without a look at kallsyms or BTF. Those are opened when something new is asked.

import type { Phys } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { AnswerStore } from '../cache/answer-store.js';
import { Answers } from '../cache/answers.js';
import { CachedSymbols } from '../cache/cached-symbols.js';
import type { PhysicalMemory } from '../image/physical-memory.js';
import { buildIdOf } from '../symbols/build-id.js';
import type { SymbolSource } from '../symbols/symbols.js';
import { RESERVATIONS } from './crash-reservation.js';
import { imageAt, type LocatedImage, type OffsetOf } from './locate-image.js';
import { imageOfTables } from './locate-kallsyms.js';
import type { Noted } from './locate-note.js';
import { type Head, headAt, tablesBehind } from './locate-stretches.js';

/** The kernel whose .rodata begins at `head`, as one of the answers describes it. */
export function atHead(memory: PhysicalMemory, store: AnswerStore, head: Head): LocatedImage | undefined {
  return recognise(memory, store.matching(head.text), (answers) => head.at + answers.facts.textFromHead);
}

/** The kernel whose build and place a VMCOREINFO note tells. */
export function asNoted(memory: PhysicalMemory, store: AnswerStore, note: Noted): LocatedImage | undefined {
  return note.buildId === null ? undefined : recognise(memory, store.ofBuild(note.buildId), () => note.text);
}

function recognise(
  memory: PhysicalMemory,
  candidates: Iterable<Answers>,
  textFor: (answers: Answers) => number,
): LocatedImage | undefined {
  for (const answers of candidates) {
    const text = textFor(answers);
    const { buildId, banner, textFromHead } = answers.facts;
    const offsetOf = offsets(answers);
    if (readNotes(memory, offsetOf, text) !== buildId) continue;
    const open = () => reopen(memory, (text - textFromHead) as Phys);
    const image = imageAt(memory, offsetOf, text, (at) => new CachedSymbols(answers, at, open));
    if (image?.banner !== banner) continue;
    const evidence = [`build ${buildId} recognised: symbols and types as remembered`, ...image.evidence];
    return { ...image, evidence, answers };
  }
  return undefined;
}

/** The same image with answers that are kept from now on; as it was where its build id or head cannot be read. */
export function withAnswers(memory: PhysicalMemory, image: LocatedImage): LocatedImage {
  const { symbols, slide, text, banner } = image;
  const rodata = symbols.address('__start_rodata');
  const head = rodata === undefined ? undefined : headAt(memory, rodata + slide);
  const offsetOf: OffsetOf = (name) => {
    const at = symbols.address(name);
    return at === undefined ? undefined : at - text;
  };
  const buildId = readNotes(memory, offsetOf, text + slide);
  if (buildId === null || rodata === undefined || head === undefined) return image;
  const facts = { buildId, banner, head, textFromHead: text - rodata, symbolCount: symbols.count };
  const answers = new Answers(facts);
  const remembering = new CachedSymbols(answers, text, () => symbols);
  // What `recognise` needs is in the answers, whatever else will be asked.
  for (const name of NEEDED) remembering.address(name);
  return { ...image, symbols: remembering, answers };
}

const NEEDED = [
  ...['_text', '_end', 'linux_banner', 'init_top_pgt', '__start_notes', '__stop_notes'],
  // And what tells a crash kernel.
  ...['elfcorehdr_addr', ...RESERVATIONS],
];

function offsets({ symbols }: Answers): OffsetOf {
  return (name) => {
    const answer = symbols.get(name);
    return answer && 'text' in answer ? answer.text : undefined;
  };
}

function readNotes(memory: PhysicalMemory, offsetOf: OffsetOf, text: number): string | null {
  const [start, stop] = [offsetOf('__start_notes'), offsetOf('__stop_notes')];
  if (start === undefined || stop === undefined || stop < start || stop - start > 1 << 16) return null;
  try {
    return buildIdOf(memory.bytes(text + start, stop - start));
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

/** The tables after all. Damaged ones are a fault, not an absent symbol: nothing wrong must be remembered. */
function reopen(memory: PhysicalMemory, head: Phys): SymbolSource {
  const tables = tablesBehind(memory, head);
  const image = tables ? imageOfTables(memory, tables) : 'not found';
  if (typeof image === 'string') throw new Fault('corrupt', `the kallsyms tables of this kernel: ${image}`);
  return image.symbols;
}

// The envelope of every --json output (docs/json.md), piece by piece: a list is written item by item while it is read
// from the dump, so the number of faults stands behind it.
import type { AnyResult } from './result.js';
import { VERSIONS } from './schema.js';

/** `indent` for a person, one line for a program. */
export function* jsonPieces(result: AnyResult, faults: () => number, indent: boolean): Generator<string> {
  const [open, gap, close] = indent ? ['{\n  ', ',\n  ', '\n}\n'] : ['{', ',', '}\n'];
  const colon = indent ? ': ' : ':';
  const schema = `otherworld/${result.schema}/${VERSIONS[result.schema]}`;
  const data: unknown = result.data();
  yield `${open}"schema"${colon}${JSON.stringify(schema)}${gap}"data"${colon}`;
  if (isList(data)) yield* listPieces(data, indent);
  else yield jsonOf(data, indent, '  ');
  yield `${gap}"faults"${colon}${faults()}${close}`;
}

function isList(data: unknown): data is Iterable<unknown> {
  return typeof data === 'object' && data !== null && Symbol.iterator in data;
}

function* listPieces(items: Iterable<unknown>, indent: boolean): Generator<string> {
  let empty = true;
  for (const item of items) {
    yield `${empty ? '[' : ','}${indent ? '\n    ' : ''}${jsonOf(item, indent, '    ')}`;
    empty = false;
  }
  yield empty ? '[]' : indent ? '\n  ]' : ']';
}

function jsonOf(value: unknown, indent: boolean, margin: string): string {
  return indent ? JSON.stringify(value, null, 2).replaceAll('\n', `\n${margin}`) : JSON.stringify(value);
}

// The schema's snake_case names as TypeScript and C have them; prose in lines.
import { camel } from '../../src/resurrect/abi/names.js';

export function pascal(name: string): string {
  const first = camel(name);
  return first.charAt(0).toUpperCase() + first.slice(1);
}

export function upper(name: string): string {
  return name.replace(/-/g, '_').toUpperCase();
}

/** Breaks prose into lines of at most `width` characters, each behind `prefix`. */
export function wrap(text: string, prefix: string, width = 110): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && prefix.length + line.length + 1 + word.length > width) {
      lines.push(prefix + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, prefix + line];
}

// Quantities for people.

import { bytesOfText } from '../../base/text.js';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 GiB`, `12 KiB`, `0`. */
export function bytes(count: number): string {
  if (count === 0) return '0';
  let unit = 0;
  let value = count;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

export function pages(count: number): string {
  return bytes(count * 4096);
}

/** `3 days 2:04:11`, `41.2 s`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds + 0.05);
  const clock = [Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  const text = `${clock[0]}:${String(clock[1]).padStart(2, '0')}:${String(clock[2]).padStart(2, '0')}`;
  const days = Math.floor(whole / 86400);
  if (days === 0) return text;
  return `${plural(days, 'day')} ${text}`;
}

export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : many}`;
}

/** Control characters, and bytes that are no UTF-8, as escapes: what a dead process left cannot drive the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being escaped
  return text.replace(/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/gu, (c) => {
    if (c === '\n') return '\\n';
    if (c === '\t') return '\\t';
    return Array.from(bytesOfText(c), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  });
}

/** `text` in at most `width` columns, `…` for what was cut off. */
export function shorten(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}

// The texts of /proc, taken apart.

/** `Name:\tvalue` lines of /proc/PID/status and its like. */
export function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return fields;
}

/** Fields of /proc/PID/stat by their numbers in proc(5), from 1; the name in parentheses is field 2. */
export function statFields(text: string): readonly string[] {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const rest = text
    .slice(close + 2)
    .trim()
    .split(' ');
  return ['', text.slice(0, open - 1), text.slice(open + 1, close), ...rest];
}

export function numbers(text: string | undefined): number[] {
  return (text ?? '').split(/\s+/).filter(Boolean).map(Number);
}

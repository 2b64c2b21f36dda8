// Octal escapes of /proc text files. Mirrors lib/seq_file's mangle_path and seq_escape.

/** What /proc/PID/maps escapes in a path. */
export const MAPS_ESCAPED = '\n';
/** What mountinfo escapes in a path. */
export const MOUNT_ESCAPED = ' \t\n\\';

/** `text` with each character of `special` (ASCII) as a backslash and three octal digits. */
export function escapeOctal(text: string, special: string): string {
  if (![...special].some((each) => text.includes(each))) return text;
  let out = '';
  let done = 0;
  for (let at = 0; at < text.length; at++) {
    if (!special.includes(text[at] as string)) continue;
    out += `${text.slice(done, at)}\\${text.charCodeAt(at).toString(8).padStart(3, '0')}`;
    done = at + 1;
  }
  return out + text.slice(done);
}

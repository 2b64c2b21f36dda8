// What a kernel that watches itself has found, by its console.

/** How its reports begin; the last are of slub_debug=, kmemleak's of src/lab/guest/after/watched.sh. */
const REPORTS = [
  /\bBUG: /,
  /\bWARNING: /,
  /\bkernel BUG at /,
  /\bUBSAN: /,
  /\bODEBUG: /,
  /\bOops\b/,
  /\bINFO: (?:task .* blocked|possible|suspicious|trying to register|rcu.*stall|inconsistent)/,
  /\bgeneral protection fault\b/,
  /\bkmemleak: [1-9]\d* new suspected/,
  /\bslab error\b|\bSlab corruption\b|\blist_(?:add|del) corruption\b|\brefcount_t: /,
  /\bBUG \S+ \(.*\): /,
] as const;

const BANNER = 'Linux version ';

/** From the first word of the kernel that ran last. */
export const lastKernel = (console: string) => console.slice(Math.max(console.lastIndexOf(BANNER), 0));

/** Lines with which reports begin. */
export function findings(console: string): string[] {
  return console.split(/\r?\n/).filter((line) => REPORTS.some((report) => report.test(line)));
}

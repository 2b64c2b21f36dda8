// What is timed, and with which command lines. Ours are words behind `node dist/cli/ow-inspect.js DUMP`.

export interface Job {
  readonly id: string;
  readonly title: string;
  /** Run one after the other; their times add up. */
  readonly ours: readonly (readonly string[])[];
  /** Scripts in peers/drgn and peers/crash. */
  readonly drgn: string;
  readonly crash: string;
}

export const JOBS: readonly Job[] = [
  {
    id: 'ps',
    title: 'Every task and thread',
    ours: [['ps', '-T']],
    drgn: 'ps.py',
    crash: 'ps.txt',
  },
  {
    id: 'maps-files',
    title: 'Every VMA and fd path of every process',
    ours: [['maps', '--all', '--files']],
    drgn: 'maps_files.py',
    crash: 'maps_files.txt',
  },
  {
    id: 'walk',
    title: 'Page tables of every process, walked in full',
    ours: [['pages', '--all']],
    drgn: 'walk.py',
    crash: 'walk.txt',
  },
];

// One look at every page run of a plan, of which there are ten thousand: what an invariant about some kind of run asks, so
// that it need not look at all of them again.
import { oncePer } from '../../base/once-per.js';
import { inFrames } from '../abi/page-run.js';
import { PAGE_FLAG, type PageRun } from '../abi/records/memory.js';
import { nameOfRun, type RunList, type Subject } from './subject.js';

export class RunSurvey {
  /** In the order of the plan; a run's place is its index here. */
  readonly runs: readonly PageRun[];
  /** What is set of any run. */
  readonly flags: number;
  /** Places of those whose contents are not in frames, that name a swap area, or have a digest without the flag. */
  readonly special: readonly number[];
  /** Places below it are of VMAs, which stand first. */
  readonly ofVmas: number;
  /** Places below it claim their frames: what is written back is in the page cache too, and stands last. */
  readonly claims: number;
  /** By place: which list it is in. */
  private readonly listAt: Uint32Array;
  /** By list: place of its first run. */
  private readonly firsts: readonly number[];

  constructor(private readonly lists: readonly RunList[]) {
    const count = lists.reduce((sum, { runs }) => sum + runs.length, 0);
    const all = new Array<PageRun>(count);
    const listAt = new Uint32Array(count);
    const special: number[] = [];
    let flags = 0;
    let behind = 0;
    this.firsts = lists.map(({ runs }, at) => {
      const first = behind;
      for (let index = 0; index < runs.length; index++) {
        const run = runs[index] as PageRun;
        flags |= run.flags;
        const { swap } = run;
        if (!inFrames(run) || swap !== 0 || isLoose(run)) special.push(first + index);
        listAt[first + index] = at;
        all[first + index] = run;
      }
      behind += runs.length;
      return first;
    });
    this.runs = all;
    this.flags = flags;
    this.special = special;
    this.listAt = listAt;
    this.ofVmas = this.firsts[lists.findIndex(({ owner }) => owner !== 'vma')] ?? count;
    this.claims = this.firsts[lists.findIndex(({ owner }) => owner === 'writeback')] ?? count;
  }

  run(place: number): PageRun {
    return this.runs[place] as PageRun;
  }

  list(place: number): RunList {
    return this.lists[this.listAt[place] as number] as RunList;
  }

  /** Where in the plan. */
  name(place: number): string {
    const list = this.listAt[place] as number;
    return nameOfRun((this.lists[list] as RunList).object, place - (this.firsts[list] as number));
  }
}

export const surveyOf = oncePer(({ runs }: Subject) => new RunSurvey(runs));

/** Whether it has a digest, and no flag of it. */
export function isLoose({ flags, digest }: PageRun): boolean {
  return digest !== 0 && (flags & PAGE_FLAG.digest) === 0;
}

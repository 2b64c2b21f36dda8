// Frames that several runs of a plan have: who else claims a frame (mm/rmap.c knows it by page->mapping and its count).
import { LITTLE_ENDIAN } from '../../base/endian.js';
import { oncePer } from '../../base/once-per.js';
import { inFrames } from '../abi/page-run.js';
import { PAGE_FLAG, PAGE_SOURCE, type PageRun } from '../abi/records/memory.js';
import { type RunSurvey, surveyOf } from './run-survey.js';
import type { Subject } from './subject.js';

/** Which of a number's words is the low one. */
const LOW = LITTLE_ENDIAN ? 0 : 1;
const HIGHEST = 0xffff_ffff;

/**
 * Places of runs in frames, in pairs of which the second begins within the first; of many, those next to each other. In
 * the order of frames. Not those that processes share by right, copies of nobody alone, of which there are thousands.
 */
export const sharedFrames = oncePer((subject: Subject) => overlaps(surveyOf(subject)));

/** A private copy of a process; what is not is a page of an object: shared memory, or the page cache. */
export function isPrivate(survey: RunSurvey, place: number): boolean {
  return place < survey.ofVmas && survey.run(place).source === PAGE_SOURCE.frame;
}

function overlaps(survey: RunSurvey): (readonly [number, number])[] {
  const { runs } = survey;
  const places = inOrder(survey);
  const found: (readonly [number, number])[] = [];
  let widest = -1;
  let isWidestCommon = false;
  let end = 0;
  for (let at = 0; at < places.length; at++) {
    const place = places[at] as number;
    const { pfn, pages, flags } = runs[place] as PageRun;
    const isCommon = (flags & PAGE_FLAG.exclusive) === 0 && isPrivate(survey, place);
    if (pfn < end && !(isCommon && isWidestCommon)) found.push([widest, place]);
    if (pfn + pages <= end) continue;
    widest = place;
    isWidestCommon = isCommon;
    end = pfn + pages;
  }
  return found;
}

/**
 * Places by first frame, those of the same in the order in which they came. Frame and place are the words of one number, and
 * such numbers are sorted without a call for each comparison, of which there are a hundred thousand; where frames are too
 * high for that, a plan is broken.
 */
function inOrder({ runs, claims }: RunSurvey): ArrayLike<number> {
  const keys = new BigUint64Array(claims);
  const words = new Int32Array(keys.buffer);
  let count = 0;
  for (let place = 0; place < claims; place++) {
    const run = runs[place] as PageRun;
    if (!inFrames(run)) continue;
    if (run.pfn > HIGHEST) return ofBroken(runs.slice(0, claims));
    words[2 * count + LOW] = place;
    words[2 * count + (1 - LOW)] = run.pfn;
    count++;
  }
  keys.subarray(0, count).sort();
  const places = new Int32Array(count);
  for (let at = 0; at < count; at++) places[at] = words[2 * at + LOW] as number;
  return places;
}

function ofBroken(runs: readonly PageRun[]): readonly number[] {
  const pfnAt = (place: number) => (runs[place] as PageRun).pfn;
  return [...runs.keys()]
    .filter((place) => inFrames(runs[place] as PageRun))
    .sort((a, b) => pfnAt(a) - pfnAt(b));
}

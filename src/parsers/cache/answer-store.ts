// Where answers are kept: one file for each kernel build, `answers-<head>-<build id>.json`, in the user's cache
// directory. `head` is a hash of the text at the start of the kernel's .rodata, so that a dump's kernel is recognised by
// reading one page of it. A file that cannot be used is as good as none, and is replaced.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { log } from '../../base/log.js';
import { Answers } from './answers.js';

const HASH_DIGITS = 16;
const NAME = /^answers-[0-9a-f]{16}-[0-9a-f]{8,128}\.json$/;

/** $XDG_CACHE_HOME/otherworld, as the XDG base directory specification says. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const { XDG_CACHE_HOME } = env;
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'otherworld', 'kernels');
}

export class AnswerStore {
  /** How many entries of each build were there when it was read or written. */
  private readonly known = new Map<Answers, number>();

  constructor(
    /** Where answers are read and kept; null: nowhere. */
    private readonly directory: string | null,
    /** Directories that are only read: what ships with the program. */
    private readonly shared: readonly string[] = [],
  ) {}

  /** Answers about builds whose .rodata begins with `head`. */
  *matching(head: string): Generator<Answers> {
    for (const answers of this.named(`-${hashOf(head)}-`)) {
      if (answers.facts.head === head) yield answers;
    }
  }

  /** Answers about the build, by its id. */
  *ofBuild(buildId: string): Generator<Answers> {
    for (const answers of this.named(`-${buildId}.json`)) {
      if (answers.facts.buildId === buildId) yield answers;
    }
  }

  /** Writes them if there are more than when they were read. Failure is logged: a cache must not end a run. */
  save(answers: Answers): void {
    if (this.directory === null || answers.size <= (this.known.get(answers) ?? 0)) return;
    const { head, buildId } = answers.facts;
    const path = join(this.directory, `answers-${hashOf(head)}-${buildId}.json`);
    const temporary = `${path}.${process.pid}.part`;
    try {
      mkdirSync(this.directory, { recursive: true });
      writeFileSync(temporary, answers.toJson(), { flag: 'wx' });
      renameSync(temporary, path);
      this.known.set(answers, answers.size);
    } catch (error) {
      log()?.warn(`${path}: answers were not kept: ${(error as Error).message}`);
      removeQuietly(temporary);
    }
  }

  private *named(part: string): Generator<Answers> {
    const own = this.directory === null ? [] : [this.directory];
    for (const directory of [...own, ...this.shared]) {
      for (const name of namesIn(directory)) {
        if (!NAME.test(name) || !name.includes(part)) continue;
        const answers = this.read(join(directory, name));
        if (answers) yield answers;
      }
    }
  }

  private read(path: string): Answers | undefined {
    try {
      const answers = Answers.fromJson(readFileSync(path, 'utf8'));
      this.known.set(answers, answers.size);
      return answers;
    } catch (error) {
      log()?.debug(`${path}: ignored: ${(error as Error).message}`);
      return undefined;
    }
  }
}

/** What stands in the way of writing may stand in the way of removing. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function hashOf(head: string): string {
  return createHash('sha256').update(head).digest('hex').slice(0, HASH_DIGITS);
}

// The C validator (kernel/plan/) as a program, built by kernel/tests/Makefile with ASan and UBSan.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const TESTS = join(root, 'kernel/tests');
const RULES = join(root, 'kernel/plan/validate_rules.h');

/** What a plan was refused for; null: it was accepted. */
export type Verdict = {
  /** As in validate_rules.h. */
  readonly rule: string;
  readonly section: number;
  readonly record: number;
  readonly reason: string;
} | null;

/** Whether that compiler makes a program of a text, and there is make. */
function compiles(compiler: string, flags: readonly string[], input: string): boolean {
  const args = [...flags, '-x', 'c', '-o', '/dev/null', '-'];
  const makes = spawnSync('make', ['--version'], { stdio: 'ignore' }).status === 0;
  return makes && spawnSync(compiler, args, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

/** Whether there is gcc, with the sanitizers' libraries. */
export function canBuild(): boolean {
  const text = '#include <stdlib.h>\n#include <stdint.h>\nint main(void) { return !malloc(1); }\n';
  return compiles('gcc', ['-fsanitize=address,undefined'], text);
}

/** Whether there is clang, with libFuzzer's library too. */
export function canFuzz(): boolean {
  const text =
    '#include <stddef.h>\nint LLVMFuzzerTestOneInput(const char *at, size_t n) { return at && n ? 0 : 0; }\n';
  return compiles('clang', ['-fsanitize=fuzzer,address,undefined'], text);
}

/** Names by number. */
export function rules(): Map<number, string> {
  const text = readFileSync(RULES, 'utf8');
  return new Map(
    [...text.matchAll(/RULE\((\d+), (\w+), "/g)].map(([, number, name]) => [Number(number), name as string]),
  );
}

export class Validator {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ow-validate-'));
  readonly program: string;
  readonly #rules = rules();

  constructor(target = 'plan-validate') {
    execFileSync('make', ['-s', '-C', TESTS, `O=${this.#folder}`, `${this.#folder}/${target}`], {
      stdio: 'pipe',
    });
    this.program = join(this.#folder, target);
  }

  close(): void {
    if (existsSync(this.#folder)) rmSync(this.#folder, { recursive: true });
  }

  /** What becomes of each plan, in one run of the program. */
  batch(plans: readonly Uint8Array[], ...options: readonly string[]): Verdict[] {
    const input = Buffer.concat(plans.flatMap((plan) => [sizeOf(plan), plan]));
    const output = execFileSync(this.program, [...options, '--batch'], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const lines = output.trimEnd().split('\n');
    if (lines.length !== plans.length) throw new Error(`${lines.length} answers to ${plans.length} plans`);
    return lines.map((line) => this.#verdict(line));
  }

  one(plan: Uint8Array, ...options: readonly string[]): Verdict {
    return this.batch([plan], ...options)[0] as Verdict;
  }

  #verdict(line: string): Verdict {
    if (line === 'ok') return null;
    const [, rule, section, record, reason] = /^(\d+) (\d+) (-?\d+) 0x[0-9a-f]+ (.+)$/.exec(line) ?? [];
    const name = this.#rules.get(Number(rule));
    if (name === undefined || reason === undefined) throw new Error(`not understood: ${line}`);
    return { rule: name, section: Number(section), record: Number(record), reason };
  }
}

function sizeOf(plan: Uint8Array): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(plan.length);
  return size;
}

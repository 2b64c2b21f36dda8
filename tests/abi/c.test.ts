// The C header, and that C and TypeScript read and write the same bytes. Needs gcc: skipped where there is none.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { layOut } from '../../scripts/abi/layout.js';
import { decodePlan } from '../../src/resurrect/abi/decode.js';
import { encodePlan } from '../../src/resurrect/abi/encode.js';
import { SCHEMA } from '../../src/resurrect/abi/schema/schema.js';
import { expectedOutput, readerProgram, writerProgram } from './c-program.js';
import { flatten } from './flat.js';
import { randomPlan } from './random-plan.js';

const HEADER = join(dirname(fileURLToPath(import.meta.url)), '../../kernel/uapi/restore_plan.h');
// The programs are large for a compiler on a busy machine.
vi.setConfig({ testTimeout: 300_000 });

const layout = layOut(SCHEMA);
const STRICT = ['-std=c11', '-Wall', '-Wextra', '-Werror'];
const SEEDS = [1, 2, 3];
/** What include/linux/types.h calls the integers that have a size. */
const KERNEL_TYPES = `typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef signed int int32_t;
typedef signed long long int64_t;
`;

/** Whether the compiler makes a program of a line that uses the C library. */
function compiles(flags: readonly string[]): boolean {
  const input =
    '#include <stdint.h>\n#include <stdio.h>\nint main(void) { return puts("") < (int)sizeof(uint64_t); }\n';
  const args = [...flags, '-x', 'c', '-o', '/dev/null', '-'];
  return spawnSync('gcc', args, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

const gcc = compiles([]);

/** A plan that has strings and data, as the writer takes it for granted. */
const plans = SEEDS.map((seed) => randomPlan(seed));

describe.skipIf(!gcc)('the C header', () => {
  test('compiles without a warning: every size and offset is as the schema says', () => {
    const { stderr } = spawnSync('gcc', [...STRICT, '-Wpadded', '-fsyntax-only', '-x', 'c', HEADER], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
  });

  test.skipIf(!compiles(['-m32']))('compiles for 32 bits', () => {
    const { stderr } = spawnSync('gcc', [...STRICT, '-m32', '-fsyntax-only', '-x', 'c', HEADER], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
  });

  test('needs of the kernel no more than its integers and offsetof', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ow-abi-kernel-'));
    mkdirSync(join(folder, 'linux'));
    writeFileSync(join(folder, 'linux/types.h'), KERNEL_TYPES);
    writeFileSync(
      join(folder, 'linux/stddef.h'),
      '#define offsetof(type, member) __builtin_offsetof(type, member)\n',
    );
    const flags = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-nostdinc', '-D__KERNEL__', `-I${folder}`];
    const { stderr } = spawnSync('gcc', [...flags, '-fsyntax-only', '-x', 'c', HEADER], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
  });

  test('notices a field that is not where it should be', () => {
    const input = `#include "${HEADER}"\n_Static_assert(sizeof(struct owp_header) == 1, "size");\n`;
    const { status } = spawnSync('gcc', [...STRICT, '-fsyntax-only', '-x', 'c', '-'], { input });
    expect(status).not.toBe(0);
  });
});

describe.skipIf(!gcc)('a C program', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ow-abi-'));
    copyFileSync(HEADER, join(folder, 'restore_plan.h'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function build(name: string, text: string): string {
    const program = join(folder, name);
    writeFileSync(`${program}.c`, text);
    execFileSync('gcc', [...STRICT, '-O0', '-o', program, `${program}.c`]);
    return program;
  }

  test('reads every field of every record as TypeScript wrote it', () => {
    const program = build('read', readerProgram(layout));
    for (const plan of plans) {
      const file = join(folder, 'plan.owplan');
      writeFileSync(file, encodePlan(plan));
      const lines = execFileSync(program, [file], { encoding: 'utf8', maxBuffer: 1 << 26 })
        .trimEnd()
        .split('\n');
      const inHeader = lines.filter((line) => line.startsWith('header[0].'));
      expect(inHeader).toContain(`header[0].kaslr_offset = ${plan.header.kaslrOffset}`);
      expect(inHeader).toContain(`header[0].phys_base = ${plan.header.physBase}`);
      const expected = expectedOutput(flatten(plan, layout));
      expect(expected.length).toBeGreaterThan(500);
      expect(lines.slice(inHeader.length)).toEqual(expected);
    }
  });

  test.each(SEEDS.map((seed, index) => [seed, index] as const))(
    'writes plan %i byte for byte as TypeScript does, and TypeScript reads it',
    (seed, index) => {
      const plan = plans[index]!;
      const program = build(`write${seed}`, writerProgram(plan, layout));
      const bytes = execFileSync(program, { maxBuffer: 1 << 26 });
      expect(bytes.equals(encodePlan(plan))).toBe(true);
      expect(decodePlan(bytes, 'from C').process.length).toBe(plan.process.length);
    },
  );
});

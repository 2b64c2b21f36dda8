// kernel/resurrect/own_vdso.c tells the build id of the vDSO that the running kernel maps: held to binutils' reading of the same
// pages. Needs gcc and readelf: skipped where they are not there.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), '../../kernel/resurrect/own_vdso.c');
const folder = mkdtempSync(join(tmpdir(), 'ow-own-vdso-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const has = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
const mapped = readFileSync('/proc/self/maps', 'utf8').includes('[vdso]');

/** Prints what the function tells; then writes the pages that it looked at to a file. */
const MAIN = `#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
void own_vdso(unsigned char build_id[20]);
int main(int argc, char **argv)
{
	unsigned char build_id[20] = { 0 };
	FILE *out = argc == 2 ? fopen(argv[1], "wb") : NULL;

	own_vdso(build_id);
	for (int i = 0; i < 20; i++)
		printf("%02x", build_id[i]);
	return out && fwrite((void *)getauxval(AT_SYSINFO_EHDR), 4096, 1, out) == 1 ? fclose(out) : 1;
}
`;

test.skipIf(!has('gcc') || !has('readelf') || !mapped)('the build id of our own vDSO', () => {
  const [main, program, image] = ['main.c', 'program', 'vdso.so'].map((name) => join(folder, name)) as [
    ...[string, string, string],
  ];
  writeFileSync(main, MAIN);
  execFileSync('gcc', [
    '-std=gnu11',
    '-D_GNU_SOURCE',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    program,
    main,
    SOURCE,
  ]);
  const told = execFileSync(program, [image], { encoding: 'utf8' });
  // The section headers lie behind the first page: readelf finds the notes by the program headers, and complains.
  const { stdout } = spawnSync('readelf', ['-n', image], { encoding: 'utf8' });
  expect(/Build ID: ([0-9a-f]{40})/.exec(stdout)?.[1]).toBe(told);
});

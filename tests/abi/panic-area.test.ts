// kernel/uapi/panic_area.h and src/parsers/panic-area/layout.ts say the same: numbers one by one, and an area that C makes
// is read back. Needs gcc: skipped where there is none.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { Phys } from '../../src/base/address.js';
import { readPanicArea } from '../../src/parsers/panic-area/area.js';
import * as layout from '../../src/parsers/panic-area/layout.js';
import { readPanicSlot } from '../../src/parsers/panic-area/slot.js';
import { SparseMemory } from '../unit/helpers/sparse-memory.js';

const HEADER = join(dirname(fileURLToPath(import.meta.url)), '../../kernel/uapi/panic_area.h');
const folder = mkdtempSync(join(tmpdir(), 'ow-panic-area-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const gcc = spawnSync('gcc', ['--version']).status === 0;

function run(body: string): Buffer {
  const file = join(folder, 'program');
  const input = `#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "${HEADER}"
int main(void)
{
${body}
return 0;
}
`;
  writeFileSync(`${file}.c`, input);
  execFileSync('gcc', ['-std=c11', '-Wall', '-Wextra', '-Werror', '-o', file, `${file}.c`]);
  return execFileSync(file);
}

/** C expressions for what layout.ts has as numbers. */
function expressions(): [expression: string, value: number][] {
  const members = (struct: string, table: Readonly<Record<string, number>>) =>
    Object.entries(table).map(
      ([name, at]) => [`offsetof(struct ${struct}, ${name})`, at] as [string, number],
    );
  const names = (prefix: string, table: Readonly<Record<string, number>>) =>
    Object.entries(table).map(
      ([name, value]) => [`${prefix}${name.toUpperCase()}`, value] as [string, number],
    );
  return [
    ...members('ow_panic_area', layout.AREA),
    ...members('ow_panic_slot', layout.SLOT),
    ...members('ow_panic_clocks', layout.CLOCKS),
    ...names('OW_PANIC_', layout.PANIC_STATE),
    ...names('OW_PANIC_', layout.XSAVE_FORMAT),
    ...names('OW_PANIC_', layout.SLOT_STATE),
    ...names('OW_PANIC_', layout.SLOT_FLAG),
    ['sizeof(struct ow_panic_area)', layout.AREA_BYTES],
    ['sizeof(((struct ow_panic_area *)0)->release)', layout.RELEASE_BYTES],
    ['OW_PANIC_VECTORS_OFFSET', layout.VECTORS_OFFSET],
    ['OW_PANIC_VERSION', layout.PANIC_VERSION],
    ['sizeof(((struct ow_panic_slot *)0)->user) / 8', Object.keys(layout.PT_REGS).length],
    ['sizeof(((struct ow_panic_slot *)0)->kernel) / 8', Object.keys(layout.PT_REGS).length],
  ];
}

/** What each field holds: told apart by its last digits. */
const AREA = `static _Alignas(64) unsigned char page[4096];
struct ow_panic_area *area = (void *)page;
struct ow_panic_slot *slot = (void *)(page + 192 + 1024);
memcpy(area->magic, OW_PANIC_MAGIC, 8);
area->version = OW_PANIC_VERSION; area->bytes = 4096; area->physical = 0x5000; area->address = 0xffff888000005000;
area->slots_offset = 192; area->slot_bytes = 1024; area->slots = 2; area->xsave_format = OW_PANIC_XSAVE;
area->xsave_bytes = 576; strcpy(area->release, "6.1.0-made");
area->sum = ow_panic_sum(&area->bytes, offsetof(struct ow_panic_area, state) - offsetof(struct ow_panic_area, bytes));
area->state = OW_PANIC_LEFT; area->panic_cpu = 1;
area->panicked = (struct ow_panic_clocks){11, 12, 13}; area->left = (struct ow_panic_clocks){21, 22, 23};
slot->state = OW_PANIC_SAVED; slot->cpu = 1; slot->bytes = OW_PANIC_VECTORS_OFFSET + 576;
slot->flags = OW_PANIC_REGISTERS | OW_PANIC_FS_BASE | OW_PANIC_VECTORS;
slot->tid = 77; slot->task = 0xffff888000001000; slot->fs_base = 0x7f0000001000; slot->gs_base = 5; slot->pkru = 6;
for (int i = 0; i < 21; i++) { slot->user[i] = 100 + i; slot->kernel[i] = 200 + i; }
slot->xsave_bytes = 576; memset(page + 192 + 1024 + OW_PANIC_VECTORS_OFFSET, 0xab, 576);
slot->sum = ow_panic_sum(&slot->cpu, slot->bytes - offsetof(struct ow_panic_slot, cpu));
fwrite(page, 1, sizeof(page), stdout);`;

describe.skipIf(!gcc)('the area of a panic, in C and here', () => {
  test('numbers are the same', () => {
    const wanted = expressions();
    const prints = wanted.map(([expression]) => `printf("%lld\\n", (long long)(${expression}));`);
    const said = run(prints.join('\n')).toString().trim().split('\n').map(Number);
    expect(wanted.map(([expression], n) => [expression, said[n]])).toEqual(wanted);
    expect(run('fwrite(OW_PANIC_MAGIC, 1, sizeof(OW_PANIC_MAGIC) - 1, stdout);').toString('latin1')).toBe(
      layout.PANIC_MAGIC,
    );
  });

  test('the registers are in the order of struct pt_regs', () => {
    // arch/x86/include/asm/ptrace.h; user_regs_struct of <sys/user.h> begins with the same ones.
    const names = Object.keys(layout.PT_REGS).map((name) =>
      /^([abcd]x|[sd]i|[sb]p|ip)$/.test(name) ? `r${name}` : name,
    );
    const said = names.map(
      (name) =>
        `printf("%zu ", offsetof(struct user_regs_struct, ${name === 'flags' ? 'eflags' : name === 'orig_ax' ? 'orig_rax' : name}) / 8);`,
    );
    const file = join(folder, 'order');
    writeFileSync(
      `${file}.c`,
      `#include <stddef.h>\n#include <stdio.h>\n#include <sys/user.h>\nint main(void) { ${said.join('')} return 0; }\n`,
    );
    execFileSync('gcc', ['-o', file, `${file}.c`]);
    expect(execFileSync(file).toString().trim().split(' ').map(Number)).toEqual(
      Object.values(layout.PT_REGS),
    );
  });

  test('what C has made is read back', () => {
    const memory = new SparseMemory(0x10_0000);
    memory.write(0x5000, run(AREA));
    const area = readPanicArea(memory.memory(), 0x5000 as Phys);
    expect(area).toMatchObject({
      ...{ physical: 0x5000, address: 0xffff_8880_0000_5000n, bytes: 4096, state: 3, panicCpu: 1, slots: 2 },
      panicked: { monotonic: 11n, boottime: 12n, realtime: 13n },
      left: { monotonic: 21n, boottime: 22n, realtime: 23n },
      ...{ release: '6.1.0-made', slotsOffset: 192, slotBytes: 1024, xsaveFormat: 2 },
    });
    expect(readPanicSlot(memory.memory(), area, 0)).toBeNull();
    const slot = readPanicSlot(memory.memory(), area, 1);
    expect(slot).toMatchObject({ cpu: 1, tid: 77, task: 0xffff_8880_0000_1000n, inUser: false });
    expect(slot).toMatchObject({ fsBase: 0x7f00_0000_1000n, gsBase: null, pkru: null });
    expect([slot?.user?.('r15'), slot?.user?.('ss'), slot?.kernel?.('ip')]).toEqual([100n, 120n, 216n]);
    expect(slot?.vectors).toMatchObject({ live: true, xsave: true, physical: 0x5000 + 192 + 1024 + 448 });
    expect(Buffer.from(slot?.vectors?.bytes ?? []).equals(Buffer.alloc(576, 0xab))).toBe(true);
  });
});

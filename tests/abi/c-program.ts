// C programs, made from the schema, that use nothing of ours but kernel/uapi/restore_plan.h: one prints every field of every
// record of a plan, one writes a plan whose values are literals in it.

import type { LaidRecord, Layout } from '../../scripts/abi/layout.js';
import type { Plan } from '../../src/resurrect/abi/plan.js';
import type { Field } from '../../src/resurrect/abi/schema/vocabulary.js';
import { type FlatPlan, type FlatRow, type FlatValue, flatten } from './flat.js';

const HEAD = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "restore_plan.h"
`;

function printField(record: string, { name, type }: Field): string {
  const label = `printf("${record}[%zu].${name} =", index);`;
  const number = (expression: string): string => `printf(" %llu", (unsigned long long)${expression});`;
  let print: string;
  if (type === 'i32' || type === 'i64') print = `printf(" %lld", (long long)row->${name});`;
  else if (type === 'text' || type === 'blob') {
    const base = type === 'text' ? 'strings' : 'data';
    const { offset, bytes } = { offset: `row->${name}.offset`, bytes: `row->${name}.bytes` };
    print = `${number(offset)} ${number(bytes)} hex(${base} + ${offset}, ${bytes});`;
  } else if (typeof type === 'object' && ('bytes' in type || 'padding' in type)) {
    print = `hex(row->${name}, sizeof(row->${name}));`;
  } else if (typeof type === 'object' && 'children' in type) {
    print = `${number(`row->${name}.first`)} ${number(`row->${name}.count`)}`;
  } else print = number(`row->${name}`);
  return `\t${label} ${print} putchar('\\n');\n`;
}

function printRecord({ record }: LaidRecord): string {
  const fields = record.fields.map((field) => printField(record.name, field));
  return `static void print_${record.name}(const struct owp_${record.name} *row, size_t index)\n{\n${fields.join('')}}\n`;
}

/** Prints a plan: `program FILE`. */
export function readerProgram(layout: Layout): string {
  const records = [layout.records.get('header') as LaidRecord, ...layout.sections];
  const cases = layout.sections.map(
    ({ record: { name } }) => `\t\tcase OWP_SECTION_${name.toUpperCase()}:
\t\t\tfor (size_t i = 0; i < entry->count; i++)
\t\t\t\tprint_${name}((const struct owp_${name} *)(const void *)(file + entry->offset) + i, i);
\t\t\tbreak;\n`,
  );
  return `${HEAD}
static const unsigned char *strings, *data;

static void hex(const unsigned char *bytes, size_t count)
{
\tputchar(' ');
\tputchar('x');
\tfor (size_t i = 0; i < count; i++)
\t\tprintf("%02x", bytes[i]);
}

${records.map(printRecord).join('\n')}
int main(int argc, char **argv)
{
\tFILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;
\tif (!in || fseek(in, 0, SEEK_END))
\t\treturn 1;
\tsize_t size = (size_t)ftell(in);
\tunsigned char *file = malloc(size);
\trewind(in);
\tif (!file || fread(file, 1, size, in) != size || size < sizeof(struct owp_header))
\t\treturn 1;
\tconst struct owp_header *header = (const void *)file;
\tif (memcmp(header->magic, OWP_MAGIC, 8) || header->version != OWP_VERSION)
\t\treturn 2;
\tprint_header(header, 0);
\tconst struct owp_section_entry *table = (const void *)(file + header->sections_offset);
\tfor (uint32_t s = 0; s < header->sections; s++) {
\t\tif (table[s].section == OWP_SECTION_STRINGS)
\t\t\tstrings = file + table[s].offset;
\t\tif (table[s].section == OWP_SECTION_DATA)
\t\t\tdata = file + table[s].offset;
\t}
\tfor (uint32_t s = 0; s < header->sections; s++) {
\t\tconst struct owp_section_entry *entry = table + s;
\t\tswitch (entry->section) {
\t\tcase OWP_SECTION_STRINGS:
\t\tcase OWP_SECTION_DATA:
\t\t\tbreak;
${cases.join('')}\t\tdefault:
\t\t\treturn 3;
\t\t}
\t}
\treturn 0;
}
`;
}

const hex = (bytes: Uint8Array): string => `x${Buffer.from(bytes).toString('hex')}`;

function printed({ type }: Field, value: FlatValue, { strings, data }: FlatPlan): string {
  if (value instanceof Uint8Array) return hex(value);
  const [first = 0n, second = 0n] = value;
  if (type !== 'text' && type !== 'blob') return value.join(' ');
  const from = type === 'text' ? strings : data;
  return `${first} ${second} ${hex(from.subarray(Number(first), Number(first + second)))}`;
}

/** What the reader must print of the records of a plan, header aside. */
export function expectedOutput(flat: FlatPlan): string[] {
  const sections = [...flat.sections].sort(([a], [b]) => a - b);
  return sections.flatMap(([, rows]) =>
    rows.flatMap(({ laid, values }, index) =>
      values.map(
        ({ field: { field }, value }) =>
          `${laid.record.name}[${index}].${field.name} = ${printed(field, value, flat)}`,
      ),
    ),
  );
}

function literal({ type }: Field, value: FlatValue): string {
  if (value instanceof Uint8Array) return `{ ${[...value].join(', ')} }`;
  const [first = 0n, second = 0n] = value;
  if (value.length === 2) return `{ ${first}U, ${second}U }`;
  if (type === 'i32') return `(int32_t)0x${BigInt.asUintN(32, first).toString(16)}U`;
  if (type === 'i64') return `(int64_t)0x${BigInt.asUintN(64, first).toString(16)}ULL`;
  return `0x${first.toString(16)}${type === 'u64' || type === 'u53' ? 'ULL' : 'U'}`;
}

function initializer({ values }: FlatRow): string {
  const members = values
    .filter(({ field: { field } }) => !(typeof field.type === 'object' && 'padding' in field.type))
    .map(({ field: { field }, value }) => `.${field.name} = ${literal(field, value)}`);
  return `\t{ ${members.join(', ')} },\n`;
}

const byteArray = (name: string, bytes: Uint8Array): string =>
  `static const unsigned char ${name}[${bytes.length}] = { ${[...bytes].join(', ')} };\n`;

/** Writes the plan to its standard output. */
export function writerProgram(plan: Plan, layout: Layout): string {
  const flat = flatten(plan, layout);
  const sections = [...flat.sections].filter(([, rows]) => rows.length > 0).sort(([a], [b]) => a - b);
  const arrays = sections.map(([, rows]) => {
    const name = rows[0]?.laid.record.name;
    return `static const struct owp_${name} rows_${name}[] = {\n${rows.map(initializer).join('')}};\n`;
  });
  const puts = sections.map(([, rows]) => {
    const name = rows[0]?.laid.record.name as string;
    return `\tput(OWP_SECTION_${name.toUpperCase()}, rows_${name}, sizeof(struct owp_${name}), sizeof(rows_${name}));\n`;
  });
  const { header } = plan;
  const bytes = (value: Uint8Array): string => `{ ${[...value].join(', ')} }`;
  return `${HEAD}
${byteArray('strings', flat.strings)}${byteArray('data', flat.data)}
${arrays.join('\n')}
#define SECTIONS ${sections.length + 2}
static unsigned char file[1 << 24];
static struct owp_header header = {
\t.magic = OWP_MAGIC_BYTES,
\t.version = OWP_VERSION,
\t.header_bytes = sizeof(struct owp_header),
\t.hints = ${header.hints}ULL,
\t.features = ${header.features}ULL,
\t.sections_offset = sizeof(struct owp_header),
\t.sections = SECTIONS,
\t.section_entry_bytes = sizeof(struct owp_section_entry),
\t.release = ${bytes(header.release)},
\t.build_id = ${bytes(header.buildId)},
\t.paging_levels = ${header.pagingLevels}U,
\t.kaslr_offset = ${header.kaslrOffset}ULL,
\t.phys_base = (int64_t)${BigInt.asUintN(64, header.physBase)}ULL,
\t.panic_realtime = ${header.panicRealtime}ULL,
\t.panic_monotonic = ${header.panicMonotonic}ULL,
\t.panic_boottime = ${header.panicBoottime}ULL,
\t.identity = ${bytes(header.identity)},
};
static struct owp_section_entry table[SECTIONS];
static size_t used, end = sizeof(struct owp_header) + sizeof(table);

static uint32_t crc(const unsigned char *bytes, size_t count)
{
\tuint32_t sum = 0xffffffffU;
\twhile (count--) {
\t\tsum ^= *bytes++;
\t\tfor (int bit = 0; bit < 8; bit++)
\t\t\tsum = sum >> 1 ^ (sum & 1 ? 0xedb88320U : 0);
\t}
\treturn ~sum;
}

static void put(uint32_t section, const void *rows, uint32_t record_bytes, size_t bytes)
{
\tend = (end + 7) & ~(size_t)7;
\tif (end + bytes > sizeof(file) || used == SECTIONS)
\t\texit(1);
\tmemcpy(file + end, rows, bytes);
\ttable[used++] = (struct owp_section_entry){ .section = section, .record_bytes = record_bytes,
\t\t.count = bytes / record_bytes, .offset = end, .checksum = crc(rows, bytes) };
\tend += bytes;
}

int main(void)
{
\tput(OWP_SECTION_STRINGS, strings, 1, sizeof(strings));
\tput(OWP_SECTION_DATA, data, 1, sizeof(data));
${puts.join('')}\tend = (end + 7) & ~(size_t)7;
\theader.file_bytes = end;
\tmemcpy(file, &header, sizeof(header));
\tmemcpy(file + sizeof(header), table, sizeof(table));
\theader.checksum = crc(file, sizeof(header) + sizeof(table));
\tmemcpy(file, &header, sizeof(header));
\treturn used == SECTIONS && fwrite(file, 1, end, stdout) == end ? 0 : 1;
}
`.replace('OWP_MAGIC_BYTES', `{ ${[...Buffer.from('OWPLAN\r\n')].join(', ')} }`);
}

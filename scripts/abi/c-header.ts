// Writes kernel/uapi/restore_plan.h: constants, structures, and an assertion on the place of every field.
import { FORMAT_VERSION, SECTION_DATA, SECTION_STRINGS } from '../../src/resurrect/abi/schema/container.js';
import type { Enumeration, Field } from '../../src/resurrect/abi/schema/vocabulary.js';
import type { LaidRecord, Layout } from './layout.js';
import { upper, wrap } from './names.js';
import { DO_NOT_EDIT } from './typescript.js';

const SCALARS: Readonly<Record<string, string>> = {
  u8: 'uint8_t',
  u16: 'uint16_t',
  u32: 'uint32_t',
  u64: 'uint64_t',
  i32: 'int32_t',
  i64: 'int64_t',
  u53: 'uint64_t',
};

const INTRODUCTION = `The restore plan (.owplan): what the in-kernel resurrector needs to bring the processes of a dead
kernel back. It is written by "ow plan build" in userspace, from the memory of the dead kernel alone, and only read here.

A file is a header, a table of sections behind it, and the sections. All numbers are little-endian, and every record has a
fixed size, a multiple of 8, with its fields aligned to their size and its padding spelt out and zero: the structures below
lie over the bytes of the file as they are, on 64-bit and 32-bit machines.

Objects and children. Most sections hold records of one kind. An object (an address space, an open file, a process) is
stored once, and whatever uses it names it by its index in its section, a uint32_t; OWP_NONE is no object. So what was shared
in the dead kernel is shared again. A child (a VMA of an address space) belongs to one parent, which gives the range of its
children: struct owp_range. What has no fixed size stands in two sections of bytes: strings (struct owp_text: names as the
kernel has them, any bytes but NUL, each followed by a NUL that is not counted) and data (struct owp_blob: each at a multiple of 8).

Canonical form. For one plan there is one file. Sections follow one another in the order of their numbers, each at a
multiple of 8, with zero bytes between; a section without records is left out. Children stand in the order in which their
parents are written: object sections by number, every record depth first, its fields in their order; the ranges tile their
section. Strings stand in order of first use, each once; data in order of use. What is empty is 0, 0. A reader may refuse
anything else: then no byte of a file is without meaning, and none is read twice.

Integrity. The header carries a CRC-32 (IEEE 802.3, as zlib's crc32()) of itself, with the checksum field zero, and of the
table of sections; each entry of the table one of its section.

Compatibility. A reader refuses a version that it does not know; any unknown bit of features; an unknown section; a value of
an enumeration or a bit of a set that is not below; padding that is not zero. It passes over unknown bits of hints.
docs/plan-format.md is the same in prose, with the history of the format.`;

function blockComment(text: string): string {
  const paragraphs = text
    .split('\n\n')
    .map((paragraph) => wrap(paragraph.replace(/\n/g, ' '), ' * ', 100).join('\n'));
  return `/*\n${paragraphs.join('\n *\n')}\n */\n`;
}

function remark(doc: string, indent = ''): string {
  const safe = doc.replace(/\*\//g, '*\u200b/');
  const one = `${indent}/* ${safe} */`;
  if (one.length <= 100) return `${one}\n`;
  return `${indent}/*\n${wrap(safe, `${indent} * `, 100).join('\n')}\n${indent} */\n`;
}

function enumText({ name, kind, values, doc }: Enumeration): string {
  const prefix = `OWP_${upper(name)}_`;
  if (kind === 'choice') {
    const lines = values.map(
      (value) => `${remark(value.doc, '\t')}\t${prefix}${upper(value.name)} = ${value.value},\n`,
    );
    return `${remark(doc)}enum owp_${name} {\n${lines.join('')}};\n`;
  }
  const lines = values.map(
    (value) => `${remark(value.doc)}#define ${prefix}${upper(value.name)} ${constant(value.value)}\n`,
  );
  return `${remark(doc)}${lines.join('')}#define ${prefix}ALL ${constant(values.reduce((all, { value }) => all | BigInt(value), 0n))}\n`;
}

function constant(value: number | bigint): string {
  return `0x${value.toString(16)}${value > 0xffffffff ? 'ULL' : 'U'}`;
}

function member({ name, type }: Field): string {
  if (type === 'text') return `struct owp_text ${name};`;
  if (type === 'blob') return `struct owp_blob ${name};`;
  if (typeof type === 'string') return `${SCALARS[type]} ${name};`;
  if ('bytes' in type) return `uint8_t ${name}[${type.bytes}];`;
  if ('padding' in type) return `uint8_t ${name}[${type.padding}];`;
  return 'children' in type ? `struct owp_range ${name};` : `uint32_t ${name};`;
}

/** What the type does not tell. */
function note({ type, optional, enum: choice, flags }: Field): string {
  const none = optional ? ' or OWP_NONE' : '';
  if (choice !== undefined) return ` enum owp_${choice}.`;
  if (flags !== undefined) return ` OWP_${upper(flags)}_*.`;
  if (typeof type === 'string') return type === 'u53' ? ' Below 2^53.' : '';
  if ('children' in type) return ` Of struct owp_${type.children}.`;
  if ('ref' in type) return ` Index of a struct owp_${type.ref}${none}.`;
  return 'refBy' in type ? ` Index; of what, \`${type.refBy}\` tells${none}.` : '';
}

function structText({ record, fields, bytes }: LaidRecord): string {
  const { name, section, doc } = record;
  const members = fields.map(({ field }) => `${remark(field.doc + note(field), '\t')}\t${member(field)}\n`);
  const asserts = fields.map(({ field, offset }) => `OWP_AT(${name}, ${field.name}, ${offset});\n`);
  const number = section === 0 ? '' : `#define OWP_SECTION_${upper(name)} ${section}\n`;
  return `${remark(doc)}${number}struct owp_${name} {\n${members.join('')}};\nOWP_SIZE(${name}, ${bytes});\n${asserts.join('')}`;
}

const PRELUDE = `#ifndef OTHERWORLD_RESTORE_PLAN_H
#define OTHERWORLD_RESTORE_PLAN_H

#ifdef __KERNEL__
#include <linux/stddef.h>
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

#define OWP_ASSERT(condition) _Static_assert(condition, #condition)
#define OWP_SIZE(record, bytes) OWP_ASSERT(sizeof(struct owp_##record) == (bytes))
#define OWP_AT(record, field, at) OWP_ASSERT(offsetof(struct owp_##record, field) == (at))

#define OWP_MAGIC "OWPLAN\\r\\n"
#define OWP_VERSION ${FORMAT_VERSION}
#define OWP_SECTION_STRINGS ${SECTION_STRINGS}
#define OWP_SECTION_DATA ${SECTION_DATA}
/* In place of an index: no object. */
#define OWP_NONE 0xffffffffU

/* Bytes in the section of strings, followed by a NUL; 0, 0 is the empty string. */
struct owp_text {
\tuint32_t offset;
\tuint32_t bytes;
};
OWP_SIZE(text, 8);

/* Bytes in the section of data. */
struct owp_blob {
\tuint64_t offset;
\tuint64_t bytes;
};
OWP_SIZE(blob, 16);

/* Children: \`count\` records of their section from record \`first\`. */
struct owp_range {
\tuint32_t first;
\tuint32_t count;
};
OWP_SIZE(range, 8);
`;

export function cHeader(layout: Layout): string {
  const groups = layout.schema.groups.map((group) => {
    const enums = group.enums.map(enumText);
    const records = group.records.map((record) => structText(layout.records.get(record.name) as LaidRecord));
    return [blockComment(`${group.name}. ${group.doc}`), ...enums, ...records].join('\n');
  });
  return `/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* ${DO_NOT_EDIT} */
${blockComment(INTRODUCTION)}
${PRELUDE}
${groups.join('\n')}
#undef OWP_AT
#undef OWP_SIZE
#undef OWP_ASSERT

#endif /* OTHERWORLD_RESTORE_PLAN_H */
`;
}

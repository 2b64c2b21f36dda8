// What stands around the records of a plan: header, table of sections; and the identity of the dead kernel.

import type { Group } from './vocabulary.js';

export const FORMAT_VERSION = 2;
export const MAGIC = 'OWPLAN\r\n';
/** Sections that hold no records. */
export const SECTION_STRINGS = 1;
export const SECTION_DATA = 2;

export const CONTAINER: Group = {
  name: 'container',
  doc: 'Header and table of sections. The header stands at offset 0, the table of sections behind it, then the sections in the order of their numbers, each at a multiple of 8.',
  enums: [
    {
      name: 'feature',
      kind: 'bits',
      doc: 'Incompatible features: an executor refuses a plan with a bit that it does not know.',
      values: [{ name: 'digests', value: 1, doc: 'Page runs carry digests of their contents.' }],
    },
    {
      name: 'hint',
      kind: 'bits',
      open: true,
      doc: 'Compatible features: an executor that does not know a bit may pass over it.',
      values: [
        {
          name: 'edited',
          value: 1,
          doc: 'The plan was written from JSON, and may have been edited by hand.',
        },
      ],
    },
  ],
  records: [
    {
      name: 'header',
      section: 0,
      role: 'structure',
      doc: 'At offset 0 of the file.',
      fields: [
        {
          name: 'magic',
          type: { bytes: 8 },
          doc: '`OWPLAN\\r\\n`: a transfer that changes line ends is noticed.',
        },
        { name: 'version', type: 'u32', doc: 'Of the format; raised when a field changes its meaning.' },
        { name: 'header_bytes', type: 'u32', doc: 'Size of this structure.' },
        { name: 'hints', type: 'u64', flags: 'hint', show: 'hex', doc: 'Compatible features.' },
        { name: 'features', type: 'u64', flags: 'feature', show: 'hex', doc: 'Incompatible features.' },
        { name: 'file_bytes', type: 'u53', doc: 'Size of the whole file.' },
        {
          name: 'sections_offset',
          type: 'u53',
          doc: 'Of the table of sections, from the start of the file.',
        },
        { name: 'sections', type: 'u32', doc: 'Entries of the table of sections.' },
        { name: 'section_entry_bytes', type: 'u32', doc: 'Size of an entry of that table.' },
        {
          name: 'release',
          type: { bytes: 64 },
          show: 'text',
          doc: 'Release of the dead kernel, as uname -r, NUL-padded.',
        },
        { name: 'build_id', type: { bytes: 20 }, doc: 'Its GNU build id; zero where it has none.' },
        { name: 'paging_levels', type: 'u32', doc: '4 or 5.' },
        {
          name: 'kaslr_offset',
          type: 'u53',
          show: 'hex',
          doc: 'Run-time minus link-time address of the kernel text, bytes.',
        },
        { name: 'phys_base', type: 'i64', show: 'hex', doc: 'phys_base of the dead kernel: bytes.' },
        {
          name: 'panic_realtime',
          type: 'u64',
          show: 'nanoseconds',
          doc: 'CLOCK_REALTIME at death; 0 where unknown.',
        },
        {
          name: 'panic_monotonic',
          type: 'u64',
          show: 'nanoseconds',
          doc: 'CLOCK_MONOTONIC at death: restored clocks go on from here.',
        },
        { name: 'panic_boottime', type: 'u64', show: 'nanoseconds', doc: 'CLOCK_BOOTTIME at death.' },
        {
          name: 'identity',
          type: { bytes: 32 },
          doc: "SHA-256 of the dump's identity pages, each behind its address: tells another machine or another death.",
        },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
        {
          name: 'checksum',
          type: 'u32',
          show: 'hex',
          doc: 'CRC-32 (IEEE 802.3) of this structure, with this field zero, and of the table of sections behind it.',
        },
      ],
    },
    {
      name: 'section_entry',
      section: 0,
      role: 'structure',
      doc: 'An entry of the table of sections; in the order of section numbers, each at most once; a section without records is left out.',
      fields: [
        { name: 'section', type: 'u32', doc: 'Which kind of record (or strings, or data).' },
        { name: 'record_bytes', type: 'u32', doc: 'Size of a record; 1 for strings and data.' },
        { name: 'count', type: 'u53', doc: 'Number of records; bytes of strings and data.' },
        { name: 'offset', type: 'u53', doc: 'From the start of the file.' },
        { name: 'reserved', type: { padding: 4 }, doc: 'Zero.' },
        { name: 'checksum', type: 'u32', show: 'hex', doc: 'CRC-32 of the section.' },
      ],
    },
  ],
};

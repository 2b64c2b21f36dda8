// What docs/plan-format.md says before and behind the tables.

export const FORMAT_INTRODUCTION = `A plan (\`.owplan\`) says what is needed to bring the processes of a dead kernel back. \`ow plan build\` writes it from the
dead kernel's memory; the resurrector in the crash kernel executes it; \`ow plan show\`, \`check\`, \`diff\` and \`simulate\` read
it anywhere. This page, the TypeScript codecs (\`src/resurrect/abi/records/\`) and the C header
(\`kernel/uapi/restore_plan.h\`) are generated from one schema, \`src/resurrect/abi/schema/\`, by \`npm run abi\`.

## Identification

A file begins with the eight bytes \`OWPLAN\\r\\n\` and the version of the format, [header](#header). The header also tells
which death the plan is for: release, build id and KASLR offset of the dead kernel, the clocks at its death, and a digest of
pages of the dump that no other machine and no other death has ([identity_page](#identity_page)). The executor compares all
of them with the memory that it is to bring back, and refuses a plan that is not for it.

Text is what the kernel has for a name: any bytes but NUL, most often UTF-8, and nothing is made of them.

All numbers are little-endian. A record has a fixed size, a multiple of 8; each field is aligned to its size; padding is a
field of its own and zero.

| type | bytes | what it is |
|---|---:|---|
| u8, u16, u32, u64, i32, i64 | 1–8 | integers |
| u53 | 8 | an unsigned integer below 2^53 |
| text | 8 | a name, as bytes in the section of strings: u32 offset, u32 bytes; a NUL that is not counted follows each string |
| blob | 16 | bytes in the section of data: u64 offset, u64 bytes |
| *n* bytes | *n* | bytes within the record |
| *n* × 0 | *n* | padding |
| children | 8 | records of a section of children: u32 first, u32 count |
| ref | 4 | index of an object in its section; 0xffffffff is none |
| ref by | 4 | likewise; the field named there tells in which section, or that there is none |

Objects are stored once and referred to by index, so that what was shared in the dead kernel is shared again. A child
belongs to the one record that lists it; in JSON it stands within that record.

## Checksums

The header's checksum is the CRC-32 (IEEE 802.3, zlib's \`crc32\`) of the header, with the checksum zero, and of the table
of sections behind it. Each entry of the table has the CRC-32 of its section. They find damage, not malice: a reader
checks everything else as if they were not there.

## Canonical order

One plan has one file; the same dump gives the same bytes.

- The table of sections stands right behind the header. Sections follow in the order of their numbers, each at the next
  multiple of 8; bytes between them are zero, and the file's size is a multiple of 8. A section without records is left out.
- Children stand in the order in which their parents are written: sections of objects by number, each record depth
  first, its fields in their order. The ranges of all parents tile the section of the children; there are no orphans.
- Strings stand in the order of first use, each once, without gaps. Data stand in the order of use, each at the next
  multiple of 8.
- What is empty (string, data, children) has offset or first 0.

A reader refuses a file that is not so: no byte is without meaning, and none is read twice.

## Compatibility

- A reader refuses a \`version\` above its own. Older ones are brought up to date by one upgrader for each version, in
  \`src/resurrect/abi/upgrade.ts\`; the resurrector reads its own version only.
- \`features\` are incompatible: an unknown bit is refused. \`hints\` are compatible: an unknown bit is kept and passed over.
- Unknown sections, values, bits, and padding that is not zero are refused. A new kind of record, field or value raises
  the version. Section numbers, and values of enumerations, are never used again for something else.

## As JSON

\`ow plan show --json\` prints a plan as JSON and \`ow plan from-json\` makes the plan of it again, the same bytes. At the top
stand \`schema\` (\`otherworld/plan/1\`), \`header\` (without what the encoder works out: sizes, offsets, checksums) and an array
for each kind of object; an array that is left out is empty. Names are in camelCase.

Whether a document was edited only the plan that it came from can tell: \`--original PLAN\` sets the hint \`edited\` where the
bytes would differ from that plan's.

| in the file | in JSON |
|---|---|
| object | an object whose \`id\` is its index in the array |
| children | an array within their parent |
| ref | the \`id\`, or null |
| choice | its name |
| bits | an array of names; bits without a name, where they are allowed, as \`"0x…"\` |
| number | a number; beyond 2^53 decimal text; addresses and masks \`"0x…"\`, file modes \`"0o…"\` (any of these is read) |
| set of signals | 16 hexadecimal digits; bit 0 is signal 1 |
| text | text; each byte that is not part of UTF-8 as \`"\\udc80"\` to \`"\\udcff"\` (0xdc00 and the byte) |
| blob | \`text:\` and the text if it is printable UTF-8, else base64 |
| bytes within the record | hexadecimal digits |
`;

export const FORMAT_CHANGES = `## Changelog of the format

| version | what changed |
|---:|---|
| 1 | The first. |
| 2 | Times of files that are made anew or written to: \`file_times\`, listed by \`writeback\`, \`inode\`, \`shared_memory\` and \`tmpfs_entry\`, whose records are 8 bytes longer. \`identity_page\`: where the pages are that \`identity\` is the digest of. \`message_queue\`: who sent and who received last; \`message_notification\`, which it lists: who is told of messages. \`stored_page\`, and \`plan\` as the source of page runs: contents that the plan carries. \`guard_range\`, listed by \`vma\`, whose records are 8 bytes longer. \`vdso_image\`: which vDSO the processes have mapped. Text is any bytes, no longer UTF-8 only. |
`;

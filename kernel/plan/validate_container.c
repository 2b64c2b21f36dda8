// SPDX-License-Identifier: GPL-2.0-only
/* Header and table of sections: whether all that follows can be found where they say. */
#include "validate.h"

#define MAGIC_BYTES 8
#define ENTRY_BYTES sizeof(struct owp_section_entry)

static uint64_t align8(uint64_t offset)
{
	return (offset + 7) & ~7ULL;
}

static int fail_header(struct owp_check *check, enum owp_rule rule, const char *field,
		       uint64_t value)
{
	return owp_fail(check, rule, 0, OWP_NO_RECORD, field, value);
}

/* Those of a structure outside of the sections that stand in the tables: numbers, bits, padding. */
static int check_fields(struct owp_check *check, const struct owp_record *record,
			const unsigned char *at)
{
	for (uint32_t i = 0; i < record->field_count; i++) {
		const struct owp_field *field = &record->fields[i];
		uint64_t value = field->bytes == 8 ? owp_load64(at + field->offset) : 0;

		if (field->type == OWP_FIELD_U53 && value >> 53)
			return fail_header(check, OWV_NUMBER, field->name, value);
		if (field->type == OWP_FIELD_BITS && (value & ~field->mask))
			return fail_header(check, OWV_BITS, field->name, value);
		for (uint32_t byte = 0; field->type == OWP_FIELD_PADDING && byte < field->bytes;
		     byte++)
			if (at[field->offset + byte])
				return fail_header(check, OWV_PADDING, field->name,
						   at[field->offset + byte]);
	}
	return 0;
}

static int check_header_sum(struct owp_check *check, const struct owp_header *header)
{
	static const unsigned char zero[4];
	uint64_t before = sizeof(*header) - sizeof(header->checksum);
	uint32_t sum = owp_crc32(0, header, before);

	sum = owp_crc32(sum, zero, sizeof(zero));
	sum = owp_crc32(sum, header + 1, header->sections * ENTRY_BYTES);
	return sum == header->checksum
		       ? 0
		       : fail_header(check, OWV_HEADER_CHECKSUM, "checksum", header->checksum);
}

static int check_header(struct owp_check *check)
{
	const struct owp_header *header = owp_header_of(&check->view);
	uint64_t bytes = check->view.bytes;
	int rule;

	if (bytes < MAGIC_BYTES || memcmp(check->view.base, OWP_MAGIC, MAGIC_BYTES))
		return fail_header(check, OWV_MAGIC, NULL, 0);
	if (bytes < sizeof(*header))
		return fail_header(check, OWV_SHORT, NULL, bytes);
	if (header->version != OWP_VERSION)
		return fail_header(check, OWV_VERSION, "version", header->version);
	rule = check_fields(check, &owp_header_record, check->view.base);
	if (rule)
		return rule;
	if (header->header_bytes != sizeof(*header))
		return fail_header(check, OWV_HEADER, "header_bytes", header->header_bytes);
	if (header->file_bytes != bytes)
		return fail_header(check, OWV_HEADER, "file_bytes", header->file_bytes);
	if (header->sections_offset != sizeof(*header))
		return fail_header(check, OWV_HEADER, "sections_offset", header->sections_offset);
	if (header->section_entry_bytes != ENTRY_BYTES)
		return fail_header(check, OWV_HEADER, "section_entry_bytes",
				   header->section_entry_bytes);
	if (header->sections > (bytes - sizeof(*header)) / ENTRY_BYTES)
		return fail_header(check, OWV_HEADER, "sections", header->sections);
	return check_header_sum(check, header);
}

static int check_zero(struct owp_check *check, uint64_t from, uint64_t to)
{
	for (uint64_t at = from; at < to; at++)
		if (check->view.base[at])
			return fail_header(check, OWV_GAP, NULL, at);
	return 0;
}

/* Size of the records of a section; 0 where there is none of that number. */
static uint32_t record_bytes(uint32_t section)
{
	if (section == OWP_SECTION_STRINGS || section == OWP_SECTION_DATA)
		return 1;
	return section < OWP_SECTIONS && owp_records[section] ? owp_records[section]->bytes : 0;
}

/* `before`: number of the section before it, which ends at `end`. */
static int check_section(struct owp_check *check, const struct owp_section_entry *entry,
			 uint32_t before, uint64_t end)
{
	uint32_t section = entry->section;
	uint32_t size = record_bytes(section);
	uint64_t bytes = check->view.bytes;
	uint64_t begin = align8(end);
	int rule = check_fields(check, &owp_section_entry_record, (const unsigned char *)entry);

	if (rule)
		return rule;
	if (!size)
		return owp_fail(check, OWV_SECTION_KIND, section, OWP_NO_RECORD, NULL, section);
	if (section <= before)
		return owp_fail(check, OWV_SECTION_ORDER, section, OWP_NO_RECORD, NULL, before);
	if (entry->record_bytes != size)
		return owp_fail(check, OWV_SECTION_RECORD, section, OWP_NO_RECORD, NULL,
				entry->record_bytes);
	if (!entry->count)
		return owp_fail(check, OWV_SECTION_EMPTY, section, OWP_NO_RECORD, NULL, 0);
	if (entry->offset != begin)
		return owp_fail(check, OWV_SECTION_PLACE, section, OWP_NO_RECORD, NULL,
				entry->offset);
	if (begin > bytes || entry->count > (bytes - begin) / size)
		return owp_fail(check, OWV_SECTION_END, section, OWP_NO_RECORD, NULL, entry->count);
	rule = check_zero(check, end, begin);
	if (rule)
		return rule;
	if (owp_crc32(0, check->view.base + begin, entry->count * size) != entry->checksum)
		return owp_fail(check, OWV_SECTION_CHECKSUM, section, OWP_NO_RECORD, NULL,
				entry->checksum);
	check->view.section[section].records = check->view.base + begin;
	check->view.section[section].count = entry->count;
	return 0;
}

int owp_check_container(struct owp_check *check)
{
	const struct owp_header *header = owp_header_of(&check->view);
	const struct owp_section_entry *entry = (const void *)(header + 1);
	uint32_t before = 0;
	uint64_t end;
	int rule = check_header(check);

	if (rule)
		return rule;
	end = sizeof(*header) + header->sections * ENTRY_BYTES;
	for (uint32_t i = 0; i < header->sections; i++, entry++) {
		rule = check_section(check, entry, before, end);
		if (rule)
			return rule;
		before = entry->section;
		end = entry->offset + entry->count * entry->record_bytes;
		owp_relax(0);
	}
	if (check->view.bytes != align8(end))
		return fail_header(check, OWV_FILE_END, NULL, end);
	return check_zero(check, end, check->view.bytes);
}

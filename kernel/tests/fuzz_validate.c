// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's entry to the validator. Bytes are changed at random, or a word of a record is given
 * another value; then the checksums are corrected, or nothing but their check would be met. Start
 * it with plans: fuzz-validate FOLDER. A plan that is accepted is read from end to end, so that
 * what lies outside of the file is found out.
 */
#include <stdlib.h>
#include <string.h>

#include "input.h"

/* An arbitrary machine, so that the checks against one are met too. */
static const struct owp_memory ram[] = { { 0, 0x40000000 }, { 0x100000000, 0x140000000 } };
static const struct owp_memory own[] = { { 0x20000000, 0x28000000 } };

size_t LLVMFuzzerMutate(unsigned char *data, size_t size, size_t most);

static void put(unsigned char *at, unsigned int bytes, uint64_t value)
{
	memcpy(at, &value, bytes);
}

/* Values at which something ends. */
static uint64_t edge(unsigned int seed)
{
	static const uint64_t edges[] = { 0,	      1,
					  2,	      8,
					  0x7f,	      0xff,
					  0x1000,     0x7fffffff,
					  0x80000000, 0xfffffffe,
					  0xffffffff, 1ULL << 32,
					  1ULL << 47, (1ULL << 53) - 1,
					  1ULL << 53, 1ULL << 63,
					  ~0ULL };

	return edges[seed % (sizeof(edges) / sizeof(edges[0]))];
}

/* Gives a field of a record of a section another value. */
static void change_field(unsigned char *data, size_t size, unsigned int seed)
{
	const struct owp_header *header = (const void *)data;
	const struct owp_section_entry *entry;
	const struct owp_record *record;
	unsigned char *at;
	uint64_t value;

	srand(seed);
	if (!header->sections || header->sections > (size - sizeof(*header)) / sizeof(*entry))
		return;
	entry = (const struct owp_section_entry *)(header + 1) + rand() % header->sections;
	record = entry->section < OWP_SECTIONS ? owp_records[entry->section] : NULL;
	if (!record || !entry->count || entry->offset > size ||
	    entry->count > (size - entry->offset) / record->bytes)
		return;
	at = data + entry->offset + rand() % entry->count * record->bytes +
	     rand() % (record->bytes / 4) * 4;
	memcpy(&value, at, 4);
	if (rand() % 4 == 0)
		put(at, 4, edge(rand()));
	else if (rand() % 3 == 0)
		put(at, 4, rand() % 256);
	else
		put(at, 4, (uint32_t)value + (rand() % 2 ? 1 : -1) * (1 << rand() % 16));
}

size_t LLVMFuzzerCustomMutator(unsigned char *data, size_t size, size_t most, unsigned int seed)
{
	if (seed % 4 == 0 || size < sizeof(struct owp_header))
		size = LLVMFuzzerMutate(data, size, most);
	else
		change_field(data, size, seed / 4);
	if (seed % 64)
		seal(data, size);
	return size;
}

/* The sum of all bytes that the view leads to. */
static uint64_t read_all(const struct owp_view *view)
{
	uint64_t sum = 0;

	for (uint32_t section = 0; section < OWP_SECTIONS; section++) {
		const unsigned char *at = view->section[section].records;
		uint32_t size = owp_records[section] ? owp_records[section]->bytes : 1;

		for (uint64_t i = 0; i < view->section[section].count * size; i++)
			sum += at[i];
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct owp_machine nowhere;
	static const struct owp_machine machine = {
		.ram = ram,
		.rams = 2,
		.own = own,
		.own_ranges = 1,
		.xfeatures = 0x7,
		.paging_levels = 4,
	};
	static volatile uint64_t sum __attribute__((unused));
	struct ow_fault fault;

	if (!validate_copy(data, size, &nowhere, 0, &fault)) {
		sum += read_all(validated());
		validate_copy(data, size, &machine, 0, &fault);
	}
	return 0;
}

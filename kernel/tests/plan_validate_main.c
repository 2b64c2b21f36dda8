// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds plans to what the crash kernel's module holds them to.
 *
 *	plan-validate [OPTION...] FILE...
 *	plan-validate [OPTION...] --batch < plans, each behind its size, a little-endian uint32_t
 *
 * For each a line: `ok`, or `RULE SECTION RECORD VALUE REASON`. Exit code: 0 all are accepted, 1
 *some are refused, 2 trouble; of a batch 0 or 2.
 *
 *	--format                 the format alone
 *	--ram START-END          of the machine, hexadecimal; may be repeated
 *	--own START-END          of the kernel that runs
 *	--release TEXT --identity HEX --xfeatures HEX --mxcsr-mask HEX --levels N
 *	--seal                   correct the checksums first
 *	--without RULE           leave that rule out
 *	--skew BYTES             lay the plan behind an aligned address
 *	--lack BYTES             give less memory to work in than is asked for
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

#define MOST_RANGES 64

static struct owp_memory ram[MOST_RANGES], own[MOST_RANGES];
static unsigned char identity[32];
static struct owp_machine machine = { .ram = ram, .own = own };
static int format_only, sealed;

static void trouble(const char *what)
{
	fprintf(stderr, "plan-validate: %s\n", what);
	exit(2);
}

static int report(unsigned char *bytes, size_t count)
{
	struct ow_fault fault;
	int rule;

	if (sealed)
		seal(bytes, count);
	rule = validate_copy(bytes, count, &machine, format_only, &fault);
	if (rule)
		printf("%u %u %lld 0x%llx %s\n", fault.rule, fault.section, (long long)fault.record,
		       (unsigned long long)fault.value, fault.reason);
	else
		puts("ok");
	return rule != 0;
}

static int from_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	unsigned char *bytes;
	size_t count;
	int refused;

	if (!in || fseek(in, 0, SEEK_END))
		trouble(path);
	count = ftell(in);
	rewind(in);
	bytes = malloc(count + 1);
	if (!bytes || fread(bytes, 1, count, in) != count)
		trouble(path);
	fclose(in);
	refused = report(bytes, count);
	free(bytes);
	return refused;
}

static void from_batch(void)
{
	uint32_t count;

	while (fread(&count, sizeof(count), 1, stdin) == 1) {
		unsigned char *bytes = malloc(count + 1UL);

		if (!bytes || fread(bytes, 1, count, stdin) != count)
			trouble("the batch is cut short");
		report(bytes, count);
		free(bytes);
	}
}

static void range(struct owp_memory *list, uint32_t *count, const char *text)
{
	unsigned long long start, end;

	if (*count == MOST_RANGES || sscanf(text, "%llx-%llx", &start, &end) != 2)
		trouble(text);
	list[(*count)++] = (struct owp_memory){ start, end };
}

static void option(const char *name, const char *value)
{
	if (!strcmp(name, "--ram"))
		range(ram, &machine.rams, value);
	else if (!strcmp(name, "--own"))
		range(own, &machine.own_ranges, value);
	else if (!strcmp(name, "--release"))
		machine.release = value;
	else if (!strcmp(name, "--xfeatures"))
		machine.xfeatures = strtoull(value, NULL, 16);
	else if (!strcmp(name, "--mxcsr-mask"))
		machine.mxcsr_mask = strtoul(value, NULL, 16);
	else if (!strcmp(name, "--without"))
		owp_test_without = atoi(value);
	else if (!strcmp(name, "--skew"))
		test_skew = atoi(value);
	else if (!strcmp(name, "--lack"))
		test_lack = atoi(value);
	else if (!strcmp(name, "--levels"))
		machine.paging_levels = atoi(value);
	else if (!strcmp(name, "--identity")) {
		machine.identity = identity;
		for (size_t i = 0; i < sizeof(identity); i++)
			if (sscanf(value + 2 * i, "%2hhx", &identity[i]) != 1)
				trouble(value);
	} else
		trouble(name);
}

int main(int argc, char **argv)
{
	int refused = 0, at = 1, batch = 0;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (!strcmp(argv[at], "--batch"))
			batch = 1;
		else if (!strcmp(argv[at], "--format"))
			format_only = 1;
		else if (!strcmp(argv[at], "--seal"))
			sealed = 1;
		else if (at + 1 < argc) {
			option(argv[at], argv[at + 1]);
			at++;
		} else
			trouble(argv[at]);
	}
	if (batch)
		from_batch();
	else if (at == argc)
		trouble("no FILE");
	for (; at < argc; at++)
		refused |= from_file(argv[at]);
	return refused;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The order of the checks, the memory that they work in, and how a fault is told. */
#include "validate.h"

/* What is said of each rule, by its number. */
static const char *rule_text(uint32_t rule)
{
	switch (rule) {
#define RULE(number, name, text) \
	case number: \
		return text;
	OWV_RULES(RULE)
#undef RULE
	default:
		return "";
	}
}

#ifdef OWP_TEST
/* A rule that is left out: shows that it alone refuses a plan. */
enum owp_rule owp_test_without;
#endif

static void append(char *reason, uint32_t size, const char *text)
{
	uint32_t at = strlen(reason);

	while (*text && at + 1 < size)
		reason[at++] = *text++;
	reason[at] = 0;
}

static const char *section_name(uint32_t section)
{
	if (section == OWP_SECTION_STRINGS)
		return "strings";
	if (section == OWP_SECTION_DATA)
		return "data";
	return section < OWP_SECTIONS && owp_records[section] ? owp_records[section]->name : "";
}

static int tell(struct ow_fault *fault, enum owp_rule rule, uint32_t section, uint64_t record,
		const char *field, uint64_t value)
{
	memset(fault, 0, sizeof(*fault));
	fault->rule = rule;
	fault->section = section;
	fault->record = record;
	fault->value = value;
	append(fault->reason, sizeof(fault->reason), section_name(section));
	if (field) {
		append(fault->reason, sizeof(fault->reason), fault->reason[0] ? "." : "");
		append(fault->reason, sizeof(fault->reason), field);
	}
	append(fault->reason, sizeof(fault->reason), fault->reason[0] ? ": " : "");
	append(fault->reason, sizeof(fault->reason), rule_text(rule));
	return rule;
}

int owp_fail(struct owp_check *check, enum owp_rule rule, uint32_t section, uint64_t record,
	     const char *field, uint64_t value)
{
#ifdef OWP_TEST
	if (rule == owp_test_without)
		return 0;
#endif
	return tell(check->fault, rule, section, record, field, value);
}

/*
 * How many there are of what the scratch memory must hold something of, as the table of sections
 * says.
 */
struct needs {
	uint64_t strings;
	uint64_t records; /* but page runs */
};

static uint64_t count_zeros(const unsigned char *at, uint64_t bytes)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < bytes; i++)
		count += at[i] == 0;
	return count;
}

/* Believes nothing: a table that cannot be that of a plan counts as empty, for it is refused. */
static struct needs needs_of(const unsigned char *plan, uint64_t bytes)
{
	const struct owp_header *header = (const void *)plan;
	const struct owp_section_entry *entry = (const void *)(header + 1);
	struct needs needs = { 0, 0 };
	uint64_t most = bytes / 8;

	if (bytes < sizeof(*header) || header->sections > OWP_SECTIONS ||
	    header->sections > (bytes - sizeof(*header)) / sizeof(*entry))
		return needs;
	for (uint32_t i = 0; i < header->sections; i++, entry++) {
		if (entry->offset > bytes || entry->count > bytes - entry->offset)
			continue;
		if (entry->section == OWP_SECTION_STRINGS && !needs.strings)
			needs.strings = count_zeros(plan + entry->offset, entry->count);
		else if (entry->section > OWP_SECTION_DATA &&
			 entry->section != OWP_SECTION_PAGE_RUN)
			needs.records += entry->count;
	}
	if (needs.records > most)
		needs.records = most;
	return needs;
}

static uint64_t align8(uint64_t bytes)
{
	return (bytes + 7) & ~7ULL;
}

/* A few words for each record but page runs, or some bits for each string. */
static uint64_t work_bytes(const struct needs *needs)
{
	return 64 + align8(needs->strings) + 16 * needs->records;
}

uint64_t owp_scratch_bytes(const void *plan, uint64_t bytes)
{
	struct needs needs;

	if ((uintptr_t)plan % 8)
		return sizeof(struct owp_check);
	needs = needs_of(plan, bytes);
	return align8(sizeof(struct owp_check)) + 2 * align8(4 * needs.strings) +
	       work_bytes(&needs);
}

unsigned char *owp_work(struct owp_check *check, uint64_t bytes)
{
	if (bytes > check->work_bytes)
		return NULL;
	memset(check->work, 0, bytes);
	return check->work;
}

/* Lays out the scratch memory; NULL, and the fault, where there is too little. */
static struct owp_check *begin(const void *plan, uint64_t bytes, const struct owp_machine *machine,
			       struct ow_fault *fault)
{
	unsigned char *at = machine->scratch;
	struct owp_check *check = machine->scratch;
	struct needs needs;

	if ((uintptr_t)plan % 8 || (uintptr_t)at % 8) {
		tell(fault, OWV_ALIGNMENT, 0, OWP_NO_RECORD, NULL, 0);
		return NULL;
	}
	if (!at || machine->scratch_bytes < owp_scratch_bytes(plan, bytes)) {
		tell(fault, OWV_SCRATCH, 0, OWP_NO_RECORD, NULL, machine->scratch_bytes);
		return NULL;
	}
	memset(check, 0, sizeof(*check));
	needs = needs_of(plan, bytes);
	check->machine = machine;
	check->fault = fault;
	check->view.base = plan;
	check->view.bytes = bytes;
	for (uint32_t section = 0; section < OWP_SECTIONS; section++)
		check->view.section[section].records = plan;
	at += align8(sizeof(*check));
	check->starts = (uint32_t *)at;
	at += align8(4 * needs.strings);
	check->sorted = (uint32_t *)at;
	at += align8(4 * needs.strings);
	check->string_room = needs.strings;
	check->work = at;
	check->work_bytes = work_bytes(&needs);
	return check;
}

int owp_validate_format(const void *plan, uint64_t bytes, const struct owp_machine *machine,
			struct owp_view *view, struct ow_fault *fault)
{
	struct owp_check *check = begin(plan, bytes, machine, fault);
	int rule;

	if (!check)
		return fault->rule;
	rule = owp_check_container(check);
	if (!rule)
		rule = owp_check_records(check);
	if (!rule)
		*view = check->view;
	return rule;
}

int owp_validate(const void *plan, uint64_t bytes, const struct owp_machine *machine,
		 struct owp_view *view, struct ow_fault *fault)
{
	static int (*const parts[])(struct owp_check * check) = {
		owp_check_container, owp_check_records, owp_check_nuls,	    owp_check_header,
		owp_check_ranges,    owp_check_mms,	owp_check_runs,	    owp_check_processes,
		owp_check_threads,   owp_check_signals, owp_check_files,    owp_check_terminals,
		owp_check_sockets,   owp_check_storage, owp_check_refusals, owp_check_steps,
	};
	struct owp_check *check = begin(plan, bytes, machine, fault);

	if (!check)
		return fault->rule;
	for (uint32_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int rule = parts[i](check);

		if (rule)
			return rule;
	}
	*view = check->view;
	return 0;
}

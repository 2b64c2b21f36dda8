// SPDX-License-Identifier: GPL-2.0-only
/* Terminals: ptys in pairs, numbers once, input within the line discipline's buffer. */
#include "validate.h"

/* N_TTY_BUF_SIZE */
#define INPUT_BYTES 4096

static int fail(struct owp_check *check, enum owp_rule rule, uint64_t index, const char *field,
		uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_TERMINAL, index, field, value);
}

static int check_pair(struct owp_check *check, const struct owp_terminal *terminal, uint64_t index)
{
	const struct owp_terminal *all = OWP_RECORDS(&check->view, terminal, TERMINAL);
	const struct owp_terminal *other;

	if (terminal->kind == OWP_TERMINAL_KIND_DEVICE)
		return terminal->other == OWP_NONE
			       ? 0
			       : fail(check, OWV_PTY_PAIR, index, "other", terminal->other);
	if (terminal->other == OWP_NONE)
		return fail(check, OWV_PTY_PAIR, index, "other", terminal->other);
	other = &all[terminal->other];
	if (other->other != index || other->kind == terminal->kind ||
	    other->kind == OWP_TERMINAL_KIND_DEVICE || other->index != terminal->index)
		return fail(check, OWV_PTY_PAIR, index, "other", terminal->other);
	return 0;
}

static int check_input(struct owp_check *check, const struct owp_terminal *terminal, uint64_t index)
{
	const struct owp_line_end *ends =
		OWP_RECORDS(&check->view, line_end, LINE_END) + terminal->line_ends.first;
	uint64_t bytes = terminal->input.bytes, least = 0;

	if (bytes > INPUT_BYTES || terminal->ready > bytes)
		return fail(check, OWV_TERMINAL_INPUT, index, "ready", terminal->ready);
	for (uint32_t i = 0; i < terminal->line_ends.count; i++) {
		if (ends[i].offset < least || ends[i].offset >= bytes)
			return fail(check, OWV_TERMINAL_INPUT, index, "line_ends", ends[i].offset);
		least = ends[i].offset + 1;
	}
	return 0;
}

static int before_by_number(const void *context, uint32_t a, uint32_t b)
{
	const struct owp_terminal *terminals = context;

	return terminals[a].index < terminals[b].index;
}

static int check_masters(struct owp_check *check)
{
	uint32_t *masters = (uint32_t *)owp_work(check, 4 * OWP_COUNT(&check->view, TERMINAL));
	const struct owp_terminal *terminal, *all = OWP_RECORDS(&check->view, terminal, TERMINAL);
	uint32_t count = 0;
	uint64_t i;

	if (!masters)
		return fail(check, OWV_SCRATCH, OWP_NO_RECORD, NULL, 0);
	OWP_EACH(check, terminal, TERMINAL, i, terminal)
		if (terminal->kind == OWP_TERMINAL_KIND_PTY_MASTER)
			masters[count++] = i;
	owp_sort(masters, count, before_by_number, all);
	for (uint32_t at = 1; at < count; at++)
		if (all[masters[at - 1]].index == all[masters[at]].index)
			return fail(check, OWV_PTY_TWICE, masters[at], "index",
				    all[masters[at]].index);
	return 0;
}

int owp_check_terminals(struct owp_check *check)
{
	const struct owp_terminal *terminal;
	uint64_t i;

	OWP_EACH(check, terminal, TERMINAL, i, terminal) {
		int rule = check_pair(check, terminal, i);

		if (!rule)
			rule = check_input(check, terminal, i);
		if (rule)
			return rule;
	}
	return check_masters(check);
}

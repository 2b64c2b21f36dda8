/* SPDX-License-Identifier: GPL-2.0-only */
/* Plans for the programs that test the validator. */
#ifndef OWP_TEST_INPUT_H
#define OWP_TEST_INPUT_H

#include <stddef.h>

#include "../plan/plan_layout.h"
#include "../plan/plan_validate.h"

/*
 * Validates a copy of the bytes that has no byte more than they. `format`: hold it to the format
 * alone.
 */
int validate_copy(const unsigned char *bytes, size_t count, const struct owp_machine *machine,
		  int format, struct ow_fault *fault);

/* Of the plan that was accepted last, in its copy, which lives until the next call. */
const struct owp_view *validated(void);

/* Bytes that the plan lies behind an aligned address, and that the scratch memory lacks. */
extern size_t test_skew, test_lack;

/* A rule that is left out. Only for rules of meaning: what follows the others relies on them. */
extern enum owp_rule owp_test_without;

/*
 * Corrects the checksums of a plan, as far as its table of sections leads to sections that are in
 * it.
 */
void seal(unsigned char *bytes, size_t count);

#endif

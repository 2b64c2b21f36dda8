/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a plan is held to. RULE(number, name, what is wrong): OWV_name in struct ow_fault's `rule`, and the words of its
 * `reason` behind the name of the field. Numbers are never used again for something else. Each has a plan that breaks it and
 * no other in tests/abi/validate.test.ts.
 */
#ifndef OWP_VALIDATE_RULES_H
#define OWP_VALIDATE_RULES_H

#define OWV_RULES(RULE) \
	/* The file. */ \
	RULE(1, ALIGNMENT, "the plan, or the memory to work in, is not aligned to 8 bytes") \
	RULE(2, SCRATCH, "there is not enough memory to check it in") \
	RULE(3, SHORT, "cut short within the header") \
	RULE(4, MAGIC, "not a restore plan: it does not begin with OWPLAN") \
	RULE(5, VERSION, "a version of the format that is not known") \
	RULE(6, HEADER, "not what this version of the format has, or the file is of another size") \
	RULE(7, HEADER_CHECKSUM, "the checksum of the header and the table of sections does not fit") \
	RULE(8, SECTION_KIND, "of no kind that is known") \
	RULE(9, SECTION_ORDER, "sections are not in the order of their numbers") \
	RULE(10, SECTION_RECORD, "its records have another size") \
	RULE(11, SECTION_EMPTY, "empty: it should not be there") \
	RULE(12, SECTION_PLACE, "sections overlap, or there is a gap") \
	RULE(13, SECTION_END, "goes beyond the end of the file") \
	RULE(14, SECTION_CHECKSUM, "its checksum does not fit") \
	RULE(15, GAP, "a gap that is not zero") \
	RULE(16, FILE_END, "the file does not end where its sections do") \
	/* Records. */ \
	RULE(20, NUMBER, "not below 2^53") \
	RULE(21, PADDING, "padding that is not zero") \
	RULE(22, CHOICE, "no such value") \
	RULE(23, BITS, "unknown bits") \
	RULE(24, REFERENCE, "leads nowhere, or where nothing is to be") \
	RULE(25, TEXT_PLACE, "a string out of order") \
	RULE(26, TEXT_END, "a string without a NUL behind it, or beyond the end of strings") \
	RULE(27, TEXT_UTF8, "not UTF-8") \
	RULE(28, TEXT_TWICE, "a string that stands there twice") \
	RULE(29, DATA_PLACE, "data out of order, or beyond the end of data") \
	RULE(30, CHILDREN, "children out of order, or beyond the end of their section") \
	RULE(31, ORPHANS, "nothing refers to the rest of the section")

enum owp_rule {
#define RULE(number, name, text) OWV_##name = number,
	OWV_RULES(RULE)
#undef RULE
};

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every record and field of a plan as data: what plan_layout.c, generated from the schema, has
 * tables of.
 */
#ifndef OWP_PLAN_LAYOUT_H
#define OWP_PLAN_LAYOUT_H

#include "plan_view.h"

enum owp_field_type {
	OWP_FIELD_U53,
	OWP_FIELD_TEXT,
	OWP_FIELD_BLOB,
	OWP_FIELD_PADDING,
	OWP_FIELD_CHILDREN,
	OWP_FIELD_REF,
	OWP_FIELD_REF_BY,
	OWP_FIELD_CHOICE,
	OWP_FIELD_BITS,
};

/* A value of an enumeration, and the section that it leads to: 0 for none. */
struct owp_value {
	uint16_t value;
	uint16_t target;
};

struct owp_choice {
	const struct owp_value *values; /* in ascending order */
	uint16_t count;
};

/*
 * A field that cannot hold anything: one that can (u8 to u64, i32, i64, bytes, open sets of bits)
 * is not listed.
 */
struct owp_field {
	const char *name;
	uint16_t offset;
	uint16_t bytes;
	uint8_t type;
	uint8_t optional; /* REF, REF_BY: may be OWP_NONE */
	uint16_t section; /* REF, CHILDREN: where it leads */
	uint16_t by;	  /* REF_BY: offset and size of the field that decides */
	uint16_t by_bytes;
	const struct owp_choice *choice; /* CHOICE; REF_BY: what it chooses from */
	uint64_t mask;			 /* BITS: those that are known */
};

struct owp_record {
	const char *name;
	const struct owp_field *fields;
	uint16_t field_count;
	uint16_t bytes;
	uint16_t section;
	uint16_t child; /* 1: belongs to the record that lists it */
};

extern const struct owp_record owp_header_record;
extern const struct owp_record owp_section_entry_record;
/* By section; NULL where there is none, and of strings and data. */
extern const struct owp_record *const owp_records[OWP_SECTIONS];

#endif

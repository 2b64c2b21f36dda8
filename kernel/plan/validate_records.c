// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every field of every record, by the tables of plan_layout.c, in the order in which the plan was
 * written: objects by section, each record depth first, its fields in their order. So strings, data
 * and children must come up in the order in which they stand, without gaps, and nothing is left
 * over: no byte is without meaning, and none is read twice.
 */
#include "validate.h"

/* Records within one another; scripts/abi/c-layout.ts holds the schema to it. */
#define DEEPEST 8

/* Records of one kind that are being walked. */
struct frame {
	const struct owp_record *record;
	const unsigned char *at;
	uint64_t index;
	uint64_t end;
	uint32_t field;
};

struct walk {
	struct frame frames[DEEPEST];
	uint32_t depth;
};

static int fail(struct owp_check *check, enum owp_rule rule, const struct frame *frame,
		const struct owp_field *field, uint64_t value)
{
	return owp_fail(check, rule, frame->record->section, frame->index, field->name, value);
}

static uint64_t load(const unsigned char *at, uint32_t bytes)
{
	switch (bytes) {
	case 1:
		return *at;
	case 2:
		return at[0] | at[1] << 8;
	case 4:
		return owp_load32(at);
	default:
		return owp_load64(at);
	}
}

static uint64_t number(const struct frame *frame, const struct owp_field *field)
{
	return load(frame->at + field->offset, field->bytes);
}

static void push(struct owp_check *check, struct walk *walk, uint32_t section, uint64_t first,
		 uint64_t count)
{
	const struct owp_record *record = owp_records[section];
	const unsigned char *records = check->view.section[section].records;

	walk->frames[walk->depth++] = (struct frame){
		.record = record,
		.at = records + first * record->bytes,
		.index = first,
		.end = first + count,
	};
}

static int check_padding(struct owp_check *check, const struct frame *frame,
			 const struct owp_field *field)
{
	for (uint32_t byte = 0; byte < field->bytes; byte++)
		if (frame->at[field->offset + byte])
			return fail(check, OWV_PADDING, frame, field,
				    frame->at[field->offset + byte]);
	return 0;
}

/* The value of an enumeration; NULL where it has none such. */
static const struct owp_value *chosen(const struct owp_choice *choice, uint64_t value)
{
	uint32_t low = 0, high = choice->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (choice->values[middle].value < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < choice->count && choice->values[low].value == value ? &choice->values[low]
									 : NULL;
}

/* `section` 0: it must be none. */
static int check_reference(struct owp_check *check, const struct frame *frame,
			   const struct owp_field *field, uint32_t section)
{
	uint32_t index = owp_load32(frame->at + field->offset);

	if (index == OWP_NONE && (!section || field->optional))
		return 0;
	if (index == OWP_NONE || !section || index >= check->view.section[section].count)
		return fail(check, OWV_REFERENCE, frame, field, index);
	return 0;
}

static int check_reference_by(struct owp_check *check, const struct frame *frame,
			      const struct owp_field *field)
{
	uint64_t decider = load(frame->at + field->by, field->by_bytes);
	const struct owp_value *value = chosen(field->choice, decider);

	if (!value)
		return fail(check, OWV_CHOICE, frame, field, decider);
	return check_reference(check, frame, field, value->target);
}

static int check_blob(struct owp_check *check, const struct frame *frame,
		      const struct owp_field *field)
{
	uint64_t offset = owp_load64(frame->at + field->offset);
	uint64_t bytes = owp_load64(frame->at + field->offset + 8);
	uint64_t size = check->view.section[OWP_SECTION_DATA].count;
	uint64_t begin = (check->data_end + 7) & ~7ULL;
	const unsigned char *data = check->view.section[OWP_SECTION_DATA].records;

	if (offset >> 53 || bytes >> 53)
		return fail(check, OWV_NUMBER, frame, field, offset >> 53 ? offset : bytes);
	if (!bytes)
		return offset ? fail(check, OWV_DATA_PLACE, frame, field, offset) : 0;
	if (offset != begin || offset > size || bytes > size - offset)
		return fail(check, OWV_DATA_PLACE, frame, field, offset);
	for (; check->data_end < begin; check->data_end++)
		if (data[check->data_end])
			return fail(check, OWV_GAP, frame, field, check->data_end);
	check->data_end = offset + bytes;
	return 0;
}

static int check_children(struct owp_check *check, struct walk *walk, const struct frame *frame,
			  const struct owp_field *field)
{
	uint32_t first = owp_load32(frame->at + field->offset);
	uint32_t count = owp_load32(frame->at + field->offset + 4);
	uint64_t size = check->view.section[field->section].count;

	if (!count)
		return first ? fail(check, OWV_CHILDREN, frame, field, first) : 0;
	if (first != check->children_end[field->section] || first > size || count > size - first)
		return fail(check, OWV_CHILDREN, frame, field, first);
	if (walk->depth == DEEPEST)
		return fail(check, OWV_CHILDREN, frame, field, walk->depth);
	check->children_end[field->section] = (uint64_t)first + count;
	push(check, walk, field->section, first, count);
	return 0;
}

static int check_field(struct owp_check *check, struct walk *walk, const struct frame *frame,
		       const struct owp_field *field)
{
	switch (field->type) {
	case OWP_FIELD_U53:
		return number(frame, field) >> 53
			       ? fail(check, OWV_NUMBER, frame, field, number(frame, field))
			       : 0;
	case OWP_FIELD_TEXT:
		return owp_check_text(check, (const void *)(frame->at + field->offset),
				      frame->record->section, frame->index, field->name);
	case OWP_FIELD_BLOB:
		return check_blob(check, frame, field);
	case OWP_FIELD_PADDING:
		return check_padding(check, frame, field);
	case OWP_FIELD_CHILDREN:
		return check_children(check, walk, frame, field);
	case OWP_FIELD_REF:
		return check_reference(check, frame, field, field->section);
	case OWP_FIELD_REF_BY:
		return check_reference_by(check, frame, field);
	case OWP_FIELD_CHOICE:
		return chosen(field->choice, number(frame, field))
			       ? 0
			       : fail(check, OWV_CHOICE, frame, field, number(frame, field));
	default: /* OWP_FIELD_BITS */
		return number(frame, field) & ~field->mask
			       ? fail(check, OWV_BITS, frame, field, number(frame, field))
			       : 0;
	}
}

/* The records of a section of objects, and all that belongs to them. */
static int walk_section(struct owp_check *check, struct walk *walk, uint32_t section)
{
	push(check, walk, section, 0, check->view.section[section].count);
	while (walk->depth) {
		struct frame *frame = &walk->frames[walk->depth - 1];
		int rule;

		if (frame->index == frame->end) {
			walk->depth--;
			continue;
		}
		if (frame->field == frame->record->field_count) {
			frame->field = 0;
			frame->index++;
			frame->at += frame->record->bytes;
			owp_relax(frame->index);
			continue;
		}
		rule = check_field(check, walk, frame, &frame->record->fields[frame->field++]);
		if (rule)
			return rule;
	}
	return 0;
}

static int check_rest(struct owp_check *check, uint32_t section, uint64_t used)
{
	return used == check->view.section[section].count
		       ? 0
		       : owp_fail(check, OWV_ORPHANS, section, used, NULL, used);
}

int owp_check_records(struct owp_check *check)
{
	struct walk walk = { .depth = 0 };
	int rule = 0;

	for (uint32_t section = 0; section < OWP_SECTIONS && !rule; section++)
		if (owp_records[section] && !owp_records[section]->child &&
		    check->view.section[section].count)
			rule = walk_section(check, &walk, section);
	for (uint32_t section = 0; section < OWP_SECTIONS && !rule; section++)
		if (owp_records[section] && owp_records[section]->child)
			rule = check_rest(check, section, check->children_end[section]);
	if (!rule)
		rule = check_rest(check, OWP_SECTION_STRINGS, check->strings_end);
	if (!rule)
		rule = check_rest(check, OWP_SECTION_DATA, check->data_end);
	return rule ? rule : owp_check_strings(check);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames: what the module reads of physical memory must be RAM, and none of this kernel's own.
 * Runs: pages lie in the order of addresses within what they belong to, so that nothing is written
 * beside it.
 */
#include "validate.h"

/* Physical addresses have 52 bits. */
#define FRAMES_END (1ULL << 40)
/* MAX_SWAPFILES is below. */
#define MOST_SWAP_AREAS 32

static int fail_run(struct owp_check *check, enum owp_rule rule, uint64_t index, const char *field,
		    uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_PAGE_RUN, index, field, value);
}

/* Sections of ranges have the layout of struct owp_memory. */
static const struct owp_memory *ranges_of(const struct owp_check *check, uint32_t section)
{
	_Static_assert(sizeof(struct owp_ram_range) == sizeof(struct owp_memory), "ram_range");
	_Static_assert(sizeof(struct owp_reservation) == sizeof(struct owp_memory), "reservation");
	return check->view.section[section].records;
}

static int check_order(struct owp_check *check, uint32_t section)
{
	const struct owp_memory *ranges = ranges_of(check, section);
	uint64_t before = 0;

	for (uint64_t i = 0; i < check->view.section[section].count; i++) {
		if (ranges[i].start < before || ranges[i].end <= ranges[i].start)
			return owp_fail(check, OWV_RANGES_ORDERED, section, i, "start",
					ranges[i].start);
		before = ranges[i].end;
	}
	return 0;
}

static int check_swap_areas(struct owp_check *check)
{
	const struct owp_swap_area *area = OWP_RECORDS(&check->view, swap_area, SWAP_AREA);
	uint64_t count = OWP_COUNT(&check->view, SWAP_AREA);

	if (count > MOST_SWAP_AREAS)
		return owp_fail(check, OWV_SWAP_AREAS, OWP_SECTION_SWAP_AREA, OWP_NO_RECORD, NULL,
				count);
	for (uint64_t i = 0; i < count; i++)
		for (uint64_t other = 0; other < i; other++)
			if (area[other].type == area[i].type)
				return owp_fail(check, OWV_SWAP_AREAS, OWP_SECTION_SWAP_AREA, i,
						"type", area[i].type);
	return 0;
}

int owp_check_ranges(struct owp_check *check)
{
	int rule = check_order(check, OWP_SECTION_RAM_RANGE);

	if (!rule)
		rule = check_order(check, OWP_SECTION_RESERVATION);
	return rule ? rule : check_swap_areas(check);
}

/* The first of the ordered ranges that ends behind `address`; `count` where none does. */
static uint64_t first_behind(const struct owp_memory *ranges, uint64_t count, uint64_t address)
{
	uint64_t low = 0, high = count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (ranges[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether ranges that follow one another have all from `start` to before `end`. */
static int covered(const struct owp_memory *ranges, uint64_t count, uint64_t start, uint64_t end)
{
	for (uint64_t at = first_behind(ranges, count, start);
	     at < count && ranges[at].start <= start; at++) {
		if (ranges[at].end >= end)
			return 1;
		start = ranges[at].end;
	}
	return 0;
}

static int touched(const struct owp_memory *ranges, uint64_t count, uint64_t start, uint64_t end)
{
	uint64_t at = first_behind(ranges, count, start);

	return at < count && ranges[at].start < end;
}

static int check_frames(struct owp_check *check, const struct owp_page_run *run, uint64_t index)
{
	const struct owp_machine *machine = check->machine;
	const struct owp_view *plan = &check->view;
	uint64_t start = run->pfn * OWP_PAGE;
	uint64_t end = (run->pfn + run->pages) * OWP_PAGE;

	if (run->pfn >= FRAMES_END || run->pages > FRAMES_END - run->pfn)
		return fail_run(check, OWV_FRAME_NUMBER, index, "pfn", run->pfn);
	if (!covered(ranges_of(check, OWP_SECTION_RAM_RANGE), OWP_COUNT(plan, RAM_RANGE), start,
		     end))
		return fail_run(check, OWV_FRAME_RAM, index, "pfn", run->pfn);
	if (touched(ranges_of(check, OWP_SECTION_RESERVATION), OWP_COUNT(plan, RESERVATION), start,
		    end))
		return fail_run(check, OWV_FRAME_RESERVED, index, "pfn", run->pfn);
	if (machine->rams && !covered(machine->ram, machine->rams, start, end))
		return fail_run(check, OWV_FRAME_MACHINE, index, "pfn", run->pfn);
	if (touched(machine->own, machine->own_ranges, start, end))
		return fail_run(check, OWV_FRAME_OWN, index, "pfn", run->pfn);
	return 0;
}

static int check_swap(struct owp_check *check, const struct owp_page_run *run, uint64_t index)
{
	const struct owp_swap_area *area = OWP_RECORDS(&check->view, swap_area, SWAP_AREA);

	for (uint64_t i = 0; i < OWP_COUNT(&check->view, SWAP_AREA); i++, area++)
		if (area->type == run->swap)
			return run->pfn + run->pages <= area->slots
				       ? 0
				       : fail_run(check, OWV_SWAP_AREA, index, "pfn", run->pfn);
	return fail_run(check, OWV_SWAP_AREA, index, "swap", run->swap);
}

static int check_stored(struct owp_check *check, const struct owp_page_run *run, uint64_t index)
{
	uint64_t count = OWP_COUNT(&check->view, STORED_PAGE);

	return run->pfn <= count && run->pages <= count - run->pfn
		       ? 0
		       : fail_run(check, OWV_STORED_PAGE, index, "pfn", run->pfn);
}

/* Where its contents are; where they go, its owner's part checks. */
static int check_run(struct owp_check *check, uint64_t index)
{
	const struct owp_page_run *run = OWP_RECORDS(&check->view, page_run, PAGE_RUN) + index;
	uint64_t features = owp_header_of(&check->view)->features;

	if (!(run->flags & OWP_PAGE_FLAG_DIGEST) && run->digest)
		return fail_run(check, OWV_DIGEST, index, "digest", run->digest);
	if ((run->flags & OWP_PAGE_FLAG_DIGEST) && !(features & OWP_FEATURE_DIGESTS))
		return fail_run(check, OWV_DIGESTS_ANNOUNCED, index, "flags", run->flags);
	if (run->source == OWP_PAGE_SOURCE_SWAP)
		return check_swap(check, run, index);
	if (run->swap)
		return fail_run(check, OWV_SWAP_AREA, index, "swap", run->swap);
	if (run->source == OWP_PAGE_SOURCE_PLAN)
		return check_stored(check, run, index);
	if (run->source == OWP_PAGE_SOURCE_ZERO)
		return run->pfn ? fail_run(check, OWV_ZERO_PAGES, index, "pfn", run->pfn) : 0;
	return check_frames(check, run, index);
}

/* Runs of one owner, whose addresses lie from `start` to before `end`. */
static int check_list(struct owp_check *check, struct owp_range list, uint64_t start, uint64_t end)
{
	const struct owp_page_run *run = OWP_RECORDS(&check->view, page_run, PAGE_RUN) + list.first;
	uint64_t at = start;

	for (uint64_t index = list.first; index < (uint64_t)list.first + list.count;
	     index++, run++) {
		uint64_t last = run->address + run->pages * OWP_PAGE;
		int rule;

		if (!run->pages || run->address % OWP_PAGE)
			return fail_run(check, OWV_RUN_SIZE, index, "pages", run->pages);
		if (run->address < start || last > end)
			return fail_run(check, OWV_RUN_WITHIN, index, "address", run->address);
		if (run->address < at)
			return fail_run(check, OWV_RUN_ORDER, index, "address", run->address);
		rule = check_run(check, index);
		if (rule)
			return rule;
		at = last;
		owp_relax(index);
	}
	return 0;
}

static uint64_t page_end(uint64_t bytes)
{
	return (bytes + OWP_PAGE - 1) & ~(OWP_PAGE - 1);
}

/* F_SEAL_SEAL, SHRINK, GROW, WRITE, FUTURE_WRITE, EXEC (include/uapi/linux/fcntl.h). */
#define KNOWN_SEALS 0x3f

/* Every run: each has one owner, for the ranges of children tile their section. */
int owp_check_runs(struct owp_check *check)
{
	const struct owp_shared_memory *memory;
	const struct owp_inode *inode;
	const struct owp_writeback *writeback;
	const struct owp_vma *vma;
	uint64_t i;
	int rule = 0;

	OWP_EACH(check, vma, VMA, i, vma) {
		rule = check_list(check, vma->pages, vma->start, vma->end);
		if (!rule)
			rule = owp_check_guards(check, vma);
		if (rule)
			return rule;
	}
	OWP_EACH(check, shared_memory, SHARED_MEMORY, i, memory) {
		if (memory->seals & ~KNOWN_SEALS)
			return owp_fail(check, OWV_SEALS, OWP_SECTION_SHARED_MEMORY, i, "seals",
					memory->seals);
		rule = check_list(check, memory->pages, 0, page_end(memory->bytes));
		if (rule)
			return rule;
	}
	OWP_EACH(check, inode, INODE, i, inode) {
		rule = check_list(check, inode->pages, 0, page_end(inode->bytes));
		if (rule)
			return rule;
	}
	OWP_EACH(check, writeback, WRITEBACK, i, writeback) {
		rule = check_list(check, writeback->pages, 0, page_end(writeback->bytes));
		if (rule)
			return rule;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces: VMAs apart, in user space, each backed by what its kind says. */
#include "validate.h"

static int fail(struct owp_check *check, enum owp_rule rule, uint64_t index, const char *field,
		uint64_t value)
{
	return owp_fail(check, rule, OWP_SECTION_VMA, index, field, value);
}

/* TASK_SIZE_MAX (arch/x86/include/asm/page_64.h): the last page below the hole is nobody's. */
static uint64_t most_task_size(const struct owp_check *check)
{
	return (owp_header_of(&check->view)->paging_levels == 5 ? 1ULL << 56 : 1ULL << 47) -
	       OWP_PAGE;
}

static int is_backed(uint32_t kind)
{
	return kind == OWP_VMA_KIND_FILE_PRIVATE || kind == OWP_VMA_KIND_FILE_SHARED ||
	       kind == OWP_VMA_KIND_SHARED_MEMORY || kind == OWP_VMA_KIND_SHARED_MEMORY_PRIVATE;
}

static int is_shared(uint32_t kind)
{
	return kind == OWP_VMA_KIND_FILE_SHARED || kind == OWP_VMA_KIND_SHARED_MEMORY;
}

static int check_vma(struct owp_check *check, const struct owp_vma *vma, uint64_t index,
		     uint64_t before, uint64_t task_size)
{
	if ((vma->start | vma->end | vma->offset) % OWP_PAGE)
		return fail(check, OWV_VMA_ALIGNED, index, "start", vma->start);
	if (vma->start < before || vma->end <= vma->start)
		return fail(check, OWV_VMA_ORDER, index, "start", vma->start);
	if (vma->end > task_size)
		return fail(check, OWV_VMA_USER, index, "end", vma->end);
	if (is_backed(vma->kind) && vma->backing == OWP_NONE)
		return fail(check, OWV_VMA_BACKED, index, "backing", vma->backing);
	if (is_shared(vma->kind) && vma->pages.count)
		return fail(check, OWV_VMA_SHARED_PAGES, index, "pages", vma->pages.count);
	return 0;
}

static int check_mm(struct owp_check *check, const struct owp_mm *mm, uint64_t index)
{
	const struct owp_vma *vmas = OWP_RECORDS(&check->view, vma, VMA);
	uint64_t before = 0;

	if (!mm->task_size || mm->task_size % OWP_PAGE || mm->task_size > most_task_size(check))
		return owp_fail(check, OWV_TASK_SIZE, OWP_SECTION_MM, index, "task_size",
				mm->task_size);
	for (uint64_t at = mm->vmas.first; at < (uint64_t)mm->vmas.first + mm->vmas.count; at++) {
		int rule = check_vma(check, &vmas[at], at, before, mm->task_size);

		if (rule)
			return rule;
		before = vmas[at].end;
		owp_relax(at);
	}
	return 0;
}

int owp_check_mms(struct owp_check *check)
{
	const struct owp_mm *mm;
	uint64_t i;

	OWP_EACH(check, mm, MM, i, mm) {
		int rule = check_mm(check, mm, i);

		if (rule)
			return rule;
	}
	return 0;
}

int owp_check_guards(struct owp_check *check, const struct owp_vma *vma)
{
	const struct owp_guard_range *guards = OWP_RECORDS(&check->view, guard_range, GUARD_RANGE);
	const struct owp_page_run *runs = OWP_RECORDS(&check->view, page_run, PAGE_RUN);
	uint64_t run = vma->pages.first, last = run + vma->pages.count, before = vma->start;

	for (uint64_t at = vma->guards.first; at < (uint64_t)vma->guards.first + vma->guards.count;
	     at++) {
		const struct owp_guard_range *guard = &guards[at];

		if ((guard->start | guard->end) % OWP_PAGE || guard->start < before ||
		    guard->end <= guard->start || guard->end > vma->end)
			return owp_fail(check, OWV_GUARD_PLACE, OWP_SECTION_GUARD_RANGE, at,
					"start", guard->start);
		while (run < last && runs[run].address + runs[run].pages * OWP_PAGE <= guard->start)
			owp_relax(run++);
		if (run < last && runs[run].address < guard->end)
			return owp_fail(check, OWV_GUARD_EMPTY, OWP_SECTION_GUARD_RANGE, at,
					"start", guard->start);
		before = guard->end;
		owp_relax(at);
	}
	return 0;
}

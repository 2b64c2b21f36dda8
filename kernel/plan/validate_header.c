// SPDX-License-Identifier: GPL-2.0-only
/* Whose plan it is: the kernel and the death that it is for. */
#include "sha256.h"
#include "validate.h"

/* No plan of ours has more. */
#define MOST_IDENTITY_PAGES 16

static int fail(struct owp_check *check, enum owp_rule rule, const char *field, uint64_t value)
{
	return owp_fail(check, rule, 0, OWP_NO_RECORD, field, value);
}

static int is_zero(const unsigned char *bytes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (bytes[i])
			return 0;
	return 1;
}

static int check_release(struct owp_check *check, const struct owp_header *header)
{
	const char *died = check->machine->release;
	uint32_t size = sizeof(header->release);

	if (!header->release[0] || header->release[size - 1])
		return fail(check, OWV_RELEASE_NAMED, "release", 0);
	if (died && (strlen(died) >= size || memcmp(died, header->release, strlen(died) + 1)))
		return fail(check, OWV_RELEASE_OTHER, "release", 0);
	return 0;
}

/* What the plan does not know of the kernel, the digest of its pages knows. */
static int check_build(struct owp_check *check, const struct owp_header *header)
{
	const struct owp_machine *machine = check->machine;
	uint32_t size = sizeof(header->build_id);

	if (machine->build_id && !is_zero(header->build_id, size) &&
	    memcmp(machine->build_id, header->build_id, size))
		return fail(check, OWV_BUILD_OTHER, "build_id", 0);
	if (machine->placed && machine->kaslr_offset != header->kaslr_offset)
		return fail(check, OWV_PLACE_OTHER, "kaslr_offset", header->kaslr_offset);
	return 0;
}

/*
 * Digests again what the plan's maker digested: each page behind its address. Pages of the clock
 * are among them, so that no two deaths have the same.
 */
static int check_death(struct owp_check *check, const struct owp_header *header)
{
	const struct owp_identity_page *pages =
		OWP_RECORDS(&check->view, identity_page, IDENTITY_PAGE);
	uint64_t count = OWP_COUNT(&check->view, IDENTITY_PAGE);
	unsigned char digest[OWP_SHA256_BYTES];
	struct owp_sha256 hash;

	if (count == 0 || count > MOST_IDENTITY_PAGES)
		return fail(check, OWV_IDENTITY_PAGES, "identity", count);
	owp_sha256_begin(&hash);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t address = pages[i].address;
		const void *page = address % OWP_PAGE ? NULL : check->machine->old_page(address);

		if (!page)
			return owp_fail(check, OWV_IDENTITY_PAGES, OWP_SECTION_IDENTITY_PAGE, i,
					"address", address);
		owp_sha256_add(&hash, &address, sizeof(address));
		owp_sha256_add(&hash, page, OWP_PAGE);
	}
	owp_sha256_end(&hash, digest);
	if (memcmp(digest, header->identity, sizeof(digest)))
		return fail(check, OWV_IDENTITY_OTHER, "identity", 0);
	return 0;
}

/* Programs know where its functions are, and may stand in one. */
static int check_vdso(struct owp_check *check)
{
	const struct owp_vdso_image *image;
	uint64_t i;

	if (!check->machine->vdso_build_id)
		return 0;
	OWP_EACH(check, vdso_image, VDSO_IMAGE, i, image)
		if (memcmp(image->build_id, check->machine->vdso_build_id, sizeof(image->build_id)))
			return owp_fail(check, OWV_VDSO_OTHER, OWP_SECTION_VDSO_IMAGE, i, "build_id", 0);
	return 0;
}

int owp_check_header(struct owp_check *check)
{
	const struct owp_header *header = owp_header_of(&check->view);
	const struct owp_machine *machine = check->machine;
	uint32_t levels = header->paging_levels;
	int rule = check_release(check, header);

	if (!rule)
		rule = check_build(check, header);
	if (rule)
		return rule;
	if (is_zero(header->identity, sizeof(header->identity)))
		return fail(check, OWV_IDENTITY_KNOWN, "identity", 0);
	if (machine->old_page)
		rule = check_death(check, header);
	if (rule)
		return rule;
	if ((levels != 4 && levels != 5) ||
	    (machine->paging_levels && machine->paging_levels != levels))
		return fail(check, OWV_PAGING_LEVELS, "paging_levels", levels);
	return check_vdso(check);
}

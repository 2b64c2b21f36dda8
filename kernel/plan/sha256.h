/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 (FIPS 180-4): the same in the module and in userspace, whatever either's libraries have. */
#ifndef OWP_SHA256_H
#define OWP_SHA256_H

#include "../uapi/restore_plan.h"

#define OWP_SHA256_BYTES 32
#define OWP_SHA256_BLOCK 64

struct owp_sha256 {
	uint32_t state[8];
	uint64_t bytes; /* so far */
	unsigned char rest[OWP_SHA256_BLOCK];
};

void owp_sha256_begin(struct owp_sha256 *hash);
void owp_sha256_add(struct owp_sha256 *hash, const void *bytes, uint64_t count);
void owp_sha256_end(struct owp_sha256 *hash, unsigned char digest[OWP_SHA256_BYTES]);

#endif

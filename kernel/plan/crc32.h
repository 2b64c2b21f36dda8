/* SPDX-License-Identifier: GPL-2.0-only */
/* CRC-32 as zlib's crc32() has it (IEEE 802.3): of plans, journals and pages; one code for the module and its tests. */
#ifndef OWP_CRC32_H
#define OWP_CRC32_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

extern const uint32_t owp_crc32_table[8][256];

/* `sum`: of the bytes before these, 0 of none. */
uint32_t owp_crc32(uint32_t sum, const void *bytes, uint64_t count);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * CRC-32 by eight bytes at a time ("slicing by 8", Kounavis and Berry, 2008); little-endian
 * machines.
 */
#include "crc32.h"

uint32_t owp_crc32(uint32_t sum, const void *bytes, uint64_t count)
{
	const uint32_t(*table)[256] = owp_crc32_table;
	const unsigned char *at = bytes;

	sum = ~sum;
	for (; count >= 8; at += 8, count -= 8) {
		uint32_t words[2];

		__builtin_memcpy(words, at, 8);
		words[0] ^= sum;
		sum = table[7][words[0] & 0xff] ^ table[6][words[0] >> 8 & 0xff] ^
		      table[5][words[0] >> 16 & 0xff] ^ table[4][words[0] >> 24] ^
		      table[3][words[1] & 0xff] ^ table[2][words[1] >> 8 & 0xff] ^
		      table[1][words[1] >> 16 & 0xff] ^ table[0][words[1] >> 24];
	}
	while (count--)
		sum = sum >> 8 ^ table[0][(sum ^ *at++) & 0xff];
	return ~sum;
}

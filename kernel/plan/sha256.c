// SPDX-License-Identifier: GPL-2.0-only
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

#include "sha256.h"

/* The first 32 bits of the fractions of the cube roots of the first 64 primes. */
static const uint32_t rounds[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turned(uint32_t word, unsigned int by)
{
	return word >> by | word << (32 - by);
}

static uint32_t word_at(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* The words of the schedule come into being as they are used: 16 at a time are enough. */
static void add_block(uint32_t state[8], const unsigned char *block)
{
	uint32_t s[8], w[16];

	memcpy(s, state, sizeof(s));
	for (unsigned int i = 0; i < 64; i++) {
		uint32_t first, second;

		if (i < 16) {
			w[i] = word_at(block + 4 * i);
		} else {
			uint32_t a = w[(i + 1) & 15], b = w[(i + 14) & 15];

			w[i & 15] += w[(i + 9) & 15] + (turned(a, 7) ^ turned(a, 18) ^ a >> 3) +
				     (turned(b, 17) ^ turned(b, 19) ^ b >> 10);
		}
		first = s[7] + (turned(s[4], 6) ^ turned(s[4], 11) ^ turned(s[4], 25)) +
			((s[4] & s[5]) ^ (~s[4] & s[6])) + rounds[i] + w[i & 15];
		second = (turned(s[0], 2) ^ turned(s[0], 13) ^ turned(s[0], 22)) +
			 ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof(*s));
		s[4] += first;
		s[0] = first + second;
	}
	for (unsigned int i = 0; i < 8; i++)
		state[i] += s[i];
}

void owp_sha256_begin(struct owp_sha256 *hash)
{
	/* Likewise of the square roots of the first eight. */
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memcpy(hash->state, start, sizeof(start));
	hash->bytes = 0;
}

void owp_sha256_add(struct owp_sha256 *hash, const void *bytes, uint64_t count)
{
	const unsigned char *from = bytes;

	while (count) {
		uint64_t have = hash->bytes % OWP_SHA256_BLOCK;
		uint64_t take = OWP_SHA256_BLOCK - have;

		if (take > count)
			take = count;
		memcpy(hash->rest + have, from, take);
		hash->bytes += take;
		from += take;
		count -= take;
		if (have + take == OWP_SHA256_BLOCK)
			add_block(hash->state, hash->rest);
	}
}

void owp_sha256_end(struct owp_sha256 *hash, unsigned char digest[OWP_SHA256_BYTES])
{
	static const unsigned char padding[OWP_SHA256_BLOCK] = { 0x80 };
	uint64_t bits = hash->bytes * 8, have = hash->bytes % OWP_SHA256_BLOCK;
	unsigned char length[8];

	for (unsigned int i = 0; i < 8; i++)
		length[i] = bits >> (56 - 8 * i);
	owp_sha256_add(hash, padding, (have < 56 ? 56 : 120) - have);
	owp_sha256_add(hash, length, sizeof(length));
	for (unsigned int i = 0; i < OWP_SHA256_BYTES; i++)
		digest[i] = hash->state[i / 4] >> (24 - 8 * (i % 4));
}

// MD5 (RFC 1321). It identifies pages, it protects nothing; under emulation it is several times faster than SHA-256.

#include "record.h"

#include <string.h>

#define ROL(x, n) (((x) << (n)) | ((x) >> (32 - (n))))
#define STEP(f, a, b, c, d, x, t, s) ((a) += f((b), (c), (d)) + (x) + (t), (a) = ROL((a), (s)) + (b))
#define F(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define G(x, y, z) ((y) ^ ((z) & ((x) ^ (y))))
#define H(x, y, z) ((x) ^ (y) ^ (z))
#define I(x, y, z) ((y) ^ ((x) | ~(z)))

static const uint8_t shifts[4][4] = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } };
static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

static void block(uint32_t state[4], const uint8_t *data)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], x[16];
	memcpy(x, data, 64);
#pragma GCC unroll 64
	for (int i = 0; i < 64; i++) {
		int round = i >> 4, s = shifts[round][i & 3];
		if (round == 0)
			STEP(F, a, b, c, d, x[i], sines[i], s);
		else if (round == 1)
			STEP(G, a, b, c, d, x[(5 * i + 1) & 15], sines[i], s);
		else if (round == 2)
			STEP(H, a, b, c, d, x[(3 * i + 5) & 15], sines[i], s);
		else
			STEP(I, a, b, c, d, x[(7 * i) & 15], sines[i], s);
		uint32_t t = d;
		d = c;
		c = b;
		b = a;
		a = t;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void md5(const void *data, size_t size, uint8_t digest[16])
{
	uint32_t state[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	const uint8_t *at = data;
	uint8_t tail[128] = { 0 };
	size_t rest = size & 63, tail_size = rest < 56 ? 64 : 128;
	uint64_t bits = (uint64_t)size * 8;
	for (const uint8_t *end = at + (size - rest); at < end; at += 64)
		block(state, at);
	memcpy(tail, at, rest);
	tail[rest] = 0x80;
	memcpy(tail + tail_size - 8, &bits, 8);
	for (size_t i = 0; i < tail_size; i += 64)
		block(state, tail + i);
	memcpy(digest, state, 16);
}

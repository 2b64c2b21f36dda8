// Registers, each with a value of its own.
#pragma once

#include <stdint.h>

extern uint64_t hold_general[15], found_general[15];
extern uint8_t hold_vectors[16][32], found_vectors[16][32];
extern uint8_t found_x87[3][16]; // ln 2, log2 e, pi
extern volatile int hold_stop;
extern volatile int *hold_begun; // where a 1 is written first of all
extern uint32_t hold_mxcsr, found_mxcsr;
extern uint16_t hold_control, found_control;
extern const char *const register_names[15];

// Until hold_stop: on a CPU all the time, or in pause(); with the XMM registers, or the YMM registers.
void ow_hold_busy(void);
void ow_hold_asleep(void);
void ow_hold_avx_busy(void);
void ow_hold_avx_asleep(void);

// Starting victims, and what became of them.
#pragma once

#include "victims.h"

#define VICTIMS_MAX 256

// All victims, in the order they are listed in.
extern const struct victim *all[VICTIMS_MAX];
extern int all_count;

enum outcome { LOST, PASSED, FAILED, SKIPPED, NOTHING_BROKEN };

// Starts those whose `chosen` is not 0, and waits until each is ready; how many never got ready, which are named.
int start_all(const char *chosen);
// Waits until each that was started has a result, or the time is over. The reason's first line goes to `why`.
enum outcome outcome_of(const struct victim *victim, char *why, size_t size);
int was_started(const struct victim *victim);
void wait_for_results(double seconds);
int report(double seconds);
int selftest(void);

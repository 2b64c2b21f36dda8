// The recorder: writes down what the kernel says about itself and every process, then panics the machine.
// One static program that forks nothing and keeps its buffers: the less it does, the truer the truth stays.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// --- out.c: the stream on the raw disk. A record: header, key, data, padding to 8 bytes. src/lab/stream.ts reads it.

enum kind { KIND_FILE = 0, KIND_LINK = 1, KIND_NOTE = 2, KIND_END = 3 };

// Pass 0 holds what cannot change; 1 and 2 hold everything else, twice.
extern unsigned current_pass;

void out_open(const char *disk);
void out_record(enum kind kind, const char *key, const void *data, size_t size);
void out_text(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_close(void);
void die(const char *what);
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

// --- files.c

// Reads a whole file of unknown size into a buffer that the next call reuses. NULL where it cannot be read.
char *slurp(int dir, const char *path, size_t *size);
void copy_file(int dir, const char *path, const char *key);
void copy_link(int dir, const char *path, const char *key);
typedef void entry_fn(int dir, const char *name, void *context);
void each_entry(int dir, const char *path, entry_fn *fn, void *context);
bool is_number(const char *name);

// --- md5.c

void md5(const void *data, size_t size, uint8_t digest[16]);

// --- system.c, tasks.c, pages.c, share.c

void record_stable(void);
void record_system(void);
void record_clocks(void);
void record_tasks(void);
void record_roll(void); // who is there: the last thing that is recorded
void record_pages(void);
void record_cached_files(void);
void record_shared(void);
void wait_for_quiet(void);

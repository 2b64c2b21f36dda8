// The life of a victim: ready, after, verdict. Between ready and after it writes to no disk and holds nothing open
// but its log, so that nothing helps or hinders its resurrection but what it is about.

#include "victims.h"

#include <stdarg.h>

const struct victim *self;
char directory[256] = "/root/victims";
double span = 20;
int patience = 60;
void (*at_verdict)(void);

static const char *marker = "/otherworld/after/now";
static int round_number; // of the selftest: which way to break things; 0 is none
static volatile int *broke; // shared with children
static int poll_ms = 1000;
static int early_result = -1, early_ready = -1;
static char remarks[500];

static void open_mine(const char *suffix, int flags, int *fd)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s.%s", directory, self->name, suffix);
	*fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
}

void begin(const struct victim *victim)
{
	self = victim;
	if (getenv("VICTIMS_AFTER"))
		marker = getenv("VICTIMS_AFTER");
	if (getenv("VICTIMS_SPAN"))
		span = atof(getenv("VICTIMS_SPAN"));
	if (getenv("VICTIMS_POLL"))
		poll_ms = atoi(getenv("VICTIMS_POLL"));
	if (getenv("VICTIMS_BREAK"))
		round_number = atoi(getenv("VICTIMS_BREAK"));
	if (round_number) {
		broke = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		patience = 1; // what is broken will not come
	}
	if (victim->flags & EARLY) {
		open_mine("result", O_SYNC, &early_result);
		open_mine("ready", 0, &early_ready);
	}
}

void ready(void)
{
	int fd = early_ready;
	if (fd < 0)
		open_mine("ready", 0, &fd);
	if (fd < 0 || write(fd, "ready\n", 6) != 6)
		fail("ready file: %s", strerror(errno));
	close(fd);
	early_ready = -1;
}

int after(void)
{
	struct stat status;
	return stat(marker, &status) == 0;
}

void until_after(void)
{
	while (!after())
		nap(poll_ms / 1000.0);
}

void across(void)
{
	ready();
	until_after();
}

int broken(int n)
{
	if (n != round_number)
		return 0;
	*broke = 1;
	return 1;
}

// The first verdict stands: of a victim's processes, the one that noticed.
static void conclude(const char *kind, const char *why)
{
	char line[sizeof(reasons) + 64];
	int n = snprintf(line, sizeof(line), "%s%s%s\n", kind, *why ? " " : "", why);
	int fd = early_result;
	if (fd < 0)
		open_mine("result", O_SYNC | O_EXCL, &fd);
	if (fd >= 0 && write(fd, line, n) != n)
		dprintf(2, "result not written: %s\n", strerror(errno));
	if (at_verdict)
		at_verdict();
	_exit(strcmp(kind, "FAIL") == 0);
}

void skip(const char *format, ...)
{
	char text[500];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ready();
	conclude("SKIP", text);
	_exit(0);
}

void fail(const char *format, ...)
{
	char text[500];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	check(0, "%s", text);
	conclude("FAIL", reasons);
	_exit(1);
}

void remark(const char *format, ...)
{
	size_t used = strlen(remarks);
	va_list args;
	used += snprintf(remarks + used, sizeof(remarks) - used, used ? " " : "");
	va_start(args, format);
	vsnprintf(remarks + used, sizeof(remarks) - used, format, args);
	va_end(args);
}

void verdict(void)
{
	if (*reasons)
		conclude("FAIL", reasons);
	else if (round_number && !*broke)
		conclude("NONE", "");
	else
		conclude("PASS", remarks);
	_exit(0);
}

long need(const char *what, long result)
{
	if (result < 0)
		fail("%s: %s", what, strerror(errno));
	return result;
}

long may(const char *what, long result)
{
	if (result < 0)
		skip("%s: %s", what, strerror(errno));
	return result;
}

void *need_memory(void *result)
{
	if (result == MAP_FAILED || result == NULL)
		fail("memory: %s", strerror(errno));
	return result;
}

// What became of the victims.

#include "main.h"

static const char *path_of(const struct victim *victim, const char *suffix)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s/%s.%s", directory, victim->name, suffix);
	return path;
}

int was_started(const struct victim *victim)
{
	return access(path_of(victim, "log"), F_OK) == 0;
}

enum outcome outcome_of(const struct victim *victim, char *why, size_t size)
{
	static const struct { const char *word; enum outcome outcome; } words[] = {
		{ "PASS", PASSED }, { "FAIL", FAILED }, { "SKIP", SKIPPED }, { "NONE", NOTHING_BROKEN },
	};
	char text[2200];
	why[0] = 0;
	int fd = open(path_of(victim, "result"), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0 || text[n - 1] != '\n')
		return LOST;
	text[n - 1] = 0;
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strncmp(text, words[i].word, 4) == 0) {
			snprintf(why, size, "%s", text[4] ? text + 5 : "");
			return words[i].outcome;
		}
	}
	snprintf(why, size, "%s", text);
	return FAILED;
}

void wait_for_results(double seconds)
{
	char why[100];
	for (double end = now() + seconds;; nap(0.1)) {
		int missing = 0;
		for (int i = 0; i < all_count; i++)
			missing += was_started(all[i]) && outcome_of(all[i], why, sizeof(why)) == LOST;
		if (missing == 0 || now() > end)
			return;
	}
}

int report(double seconds)
{
	static const char *const names[] = { "LOST", "PASS", "FAIL", "SKIP", "NONE" };
	int count[5] = { 0 };
	char why[2200];
	wait_for_results(seconds);
	for (int i = 0; i < all_count; i++) {
		if (!was_started(all[i]))
			continue;
		enum outcome outcome = outcome_of(all[i], why, sizeof(why));
		count[outcome]++;
		printf("%-16s %s%s%s\n", all[i]->name, names[outcome], *why ? " " : "", why);
	}
	if (count[SKIPPED])
		printf("%d skipped\n", count[SKIPPED]);
	printf("%d passed, %d failed, %d lost\n", count[PASSED], count[FAILED] + count[NOTHING_BROKEN], count[LOST]);
	fflush(stdout);
	return count[PASSED] == 0 || count[FAILED] || count[NOTHING_BROKEN] || count[LOST];
}

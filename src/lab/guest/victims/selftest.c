// All victims without a panic: undisturbed they must pass. Then again and again, each time with another of the things
// disturbed that each checks: they must fail, until a victim has nothing more to disturb.

#include "main.h"

#include <sys/prctl.h>

#define ROUNDS 12

static char base[200];

static void touch(const char *path)
{
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

// Whoever is left over is our child, or the child of one: we are the reaper of all.
static void end_leftovers(void)
{
	char path[64], text[16384], *rest, *word;
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	for (int i = 0; i < 100; i++) {
		rest = text;
		slurp(path, text, sizeof(text));
		while ((word = strsep(&rest, " "))) {
			if (atoi(word) > 0)
				kill(atoi(word), SIGKILL);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (!*text)
			return;
		nap(0.02);
	}
}

static int run_round(int number, const char *chosen)
{
	char marker[300], way[8];
	snprintf(directory, sizeof(directory), "%s/%d", base, number);
	snprintf(marker, sizeof(marker), "%s/%d-after", base, number);
	snprintf(way, sizeof(way), "%d", number);
	setenv("VICTIMS_AFTER", marker, 1);
	setenv("VICTIMS_BREAK", way, 1);
	int missing = start_all(chosen);
	touch(marker);
	wait_for_results(number == 0 ? 120 : 60);
	return missing;
}

// Every one has to pass, or to be excused.
static int undisturbed(char *chosen)
{
	char why[2200];
	int bad = run_round(0, chosen);
	for (int i = 0; i < all_count; i++) {
		enum outcome outcome = outcome_of(all[i], why, sizeof(why));
		chosen[i] = outcome == PASSED;
		if (outcome == PASSED)
			continue;
		bad += outcome != SKIPPED;
		printf("%-16s %s %s\n", all[i]->name, outcome == SKIPPED ? "SKIP" : outcome == LOST ? "LOST" : "FAIL", why);
	}
	end_leftovers();
	return bad;
}

static int disturbed(int number, char *chosen, int *ways)
{
	char why[2200];
	int bad = 0;
	run_round(number, chosen);
	for (int i = 0; i < all_count; i++) {
		if (!chosen[i])
			continue;
		enum outcome outcome = outcome_of(all[i], why, sizeof(why));
		ways[i] += outcome == FAILED;
		chosen[i] = outcome == FAILED;
		if (outcome == FAILED && getenv("VICTIMS_VERBOSE"))
			printf("%-16s broken in way %d: %s\n", all[i]->name, number, why);
		if (outcome == FAILED || outcome == NOTHING_BROKEN)
			continue;
		bad++;
		printf("%-16s UNSEEN in way %d: %s\n", all[i]->name, number, outcome == LOST ? "no result" : "it passed");
	}
	end_leftovers();
	return bad;
}

static void remove_base(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		execlp("rm", "rm", "-rf", base, NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

int selftest(void)
{
	char chosen[VICTIMS_MAX], fit[VICTIMS_MAX], any = 1;
	int ways[VICTIMS_MAX] = { 0 }, caught = 0, bad, passed = 0;
	snprintf(base, sizeof(base), "%s/victims-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(base) || chmod(base, 0755) < 0)
		return 2;
	setenv("VICTIMS_NO_SYNC", "1", 1);
	setenv("VICTIMS_SPAN", "1", 0);
	setenv("VICTIMS_POLL", "50", 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	memset(chosen, 1, sizeof(chosen));
	bad = undisturbed(chosen);
	for (int i = 0; i < all_count; i++)
		passed += fit[i] = chosen[i];
	for (int number = 1; number <= ROUNDS && any; number++) {
		bad += disturbed(number, chosen, ways);
		any = memchr(chosen, 1, all_count) != NULL;
	}
	for (int i = 0; i < all_count; i++) {
		caught += ways[i];
		if (fit[i] && ways[i] == 0) {
			bad++;
			printf("%-16s has nothing that could be broken\n", all[i]->name);
		}
	}
	printf("%d of %d victims passed, %d disturbances seen, %d faults\n", passed, all_count, caught, bad);
	remove_base();
	return bad != 0;
}

// Starts victims as daemons, each the leader of a session of its own. What they need on the disk is put there first:
// a panic may follow at once.

#include "main.h"

#define READY_WITHIN 240.0 // seconds; emulated processors are slow

static char *file_of(const struct victim *victim, const char *suffix)
{
	static char path[512];
	snprintf(path, sizeof(path), "%s/%s.%s", directory, victim->name, suffix);
	return path;
}

static void persist(int fd)
{
	if (!getenv("VICTIMS_NO_SYNC"))
		fsync(fd);
}

static int complain(const char *what)
{
	fprintf(stderr, "victims: %s: %s\n", what, strerror(errno));
	return -1;
}

// The log of each, so that it can be reopened by path; where the verdict will be opened early, that file too.
static int make_file(const struct victim *victim, const char *suffix)
{
	int fd = open(file_of(victim, suffix), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return complain(file_of(victim, suffix));
	persist(fd);
	close(fd);
	return 0;
}

static int make_directory(void)
{
	char work[300];
	snprintf(work, sizeof(work), "%s/work", directory);
	if ((mkdir(directory, 0755) < 0 || mkdir(work, 0755) < 0) && errno != EEXIST)
		return complain(work);
	mkdir(work, 0755);
	return 0;
}

static void persist_directories(void)
{
	char path[300];
	for (int up = 0; up < 2; up++) {
		snprintf(path, sizeof(path), "%s%s", directory, up ? "/.." : "");
		int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			persist(fd);
		close(fd);
	}
}

static void excuse(const struct victim *victim)
{
	static const struct { const char *suffix, *text; } files[] = { { "result", "SKIP needs root\n" },
								       { "ready", "ready\n" } };
	for (int i = 0; i < 2; i++) {
		int fd = open(file_of(victim, files[i].suffix), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0 || write(fd, files[i].text, strlen(files[i].text)) < 0)
			complain(file_of(victim, files[i].suffix));
		close(fd);
	}
}

static int is_excused(const struct victim *victim)
{
	return (victim->flags & NEEDS_ROOT) && geteuid() != 0;
}

static void start(const struct victim *victim)
{
	pid_t between = fork();
	if (between > 0)
		waitpid(between, NULL, 0);
	if (between != 0)
		return;
	between = getpid();
	if (fork() != 0)
		_exit(0);
	while (getppid() == between) // who the parent is does not change any more
		nap(0.001);
	setsid();
	int null = open("/dev/null", O_RDONLY);
	int log = open(file_of(victim, "log"), O_WRONLY | O_APPEND);
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	if (chdir("/") == 0)
		execl("/proc/self/exe", "victims", "run", victim->name, directory, NULL);
	_exit(3);
}

static int is_ready(const struct victim *victim)
{
	struct stat status;
	return stat(file_of(victim, "ready"), &status) == 0 && status.st_size > 0;
}

static int has_failed(const struct victim *victim)
{
	char why[100];
	return outcome_of(victim, why, sizeof(why)) != LOST;
}

static int unready(const char *chosen, unsigned last)
{
	int count = 0;
	for (int i = 0; i < all_count; i++)
		count += chosen[i] && (all[i]->flags & LAST) == last && !is_ready(all[i]) && !has_failed(all[i]);
	return count;
}

static void start_those(const char *chosen, unsigned last)
{
	for (int i = 0; i < all_count; i++) {
		if (chosen[i] && (all[i]->flags & LAST) == last && !is_excused(all[i]))
			start(all[i]);
	}
	for (double end = now() + READY_WITHIN; unready(chosen, last) > 0 && now() < end;)
		nap(0.05);
}

static int prepare(const char *chosen)
{
	for (int i = 0; i < all_count; i++) {
		if (!chosen[i])
			continue;
		if (make_file(all[i], "log") < 0)
			return -1;
		if (all[i]->flags & EARLY && (make_file(all[i], "result") < 0 || make_file(all[i], "ready") < 0))
			return -1;
		self = all[i];
		if (all[i]->prepare && !is_excused(all[i]))
			all[i]->prepare();
		else if (is_excused(all[i]))
			excuse(all[i]);
	}
	persist_directories();
	return 0;
}

int start_all(const char *chosen)
{
	char why[500];
	int missing = 0, started = 0;
	char *path = make_directory() < 0 ? NULL : realpath(directory, NULL);
	if (!path)
		return complain(directory);
	snprintf(directory, sizeof(directory), "%s", path);
	free(path);
	if (prepare(chosen) < 0)
		return -1;
	start_those(chosen, 0);
	start_those(chosen, LAST);
	for (int i = 0; i < all_count; i++) {
		started += chosen[i] != 0;
		if (!chosen[i] || is_ready(all[i]))
			continue;
		missing++;
		outcome_of(all[i], why, sizeof(why));
		printf("victims: %s is not ready: %s\n", all[i]->name, *why ? why : "it hangs, or died");
	}
	printf("victims: %d of %d ready\n", started - missing, started);
	fflush(stdout);
	return missing;
}

// Files in memory: tmpfs, POSIX shared memory, named semaphores, memfd.

#include "victims.h"

#include <semaphore.h>

static char name[64];

static void unlink_name(void)
{
	unlink(name);
}

// Written before, half of it by mapping; read and extended afterwards by path.
static void on_tmpfs(const char *folder)
{
	char *found = need_memory(malloc(5 * PAGE));
	struct stat status;
	snprintf(name, sizeof(name), "%s/victims-%s-%d", folder, self->name, getpid());
	at_verdict = unlink_name;
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	may(name, fd);
	fill(found, 2 * PAGE, 1);
	need("write", write(fd, found, 2 * PAGE));
	need("ftruncate", ftruncate(fd, 4 * PAGE + 5));
	char *pages = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fill(pages + 3 * PAGE, PAGE, 2);
	munmap(pages, 4 * PAGE);
	close(fd);
	across();
	if (broken(1))
		need("truncate", truncate(name, 3 * PAGE));
	if (broken(2))
		unlink(name);
	if (broken(3))
		need("chmod", chmod(name, 0600));
	fd = need(name, open(name, O_RDWR | O_APPEND | O_CLOEXEC));
	need("fstat", fstat(fd, &status));
	check_is("size", status.st_size, 4 * PAGE + 5);
	check_is("mode", status.st_mode, S_IFREG | 0640);
	need("read", read(fd, found, 4 * PAGE));
	check_filled("what was written", found, 2 * PAGE, 1);
	check_filled("what was mapped", found + 3 * PAGE, PAGE, 2);
	check_is("the hole", found[2 * PAGE + 7], 0);
	check_is("append", write(fd, "more", 4), 4);
}

static void run_tmpfs(void)
{
	on_tmpfs("/run");
}

static void shm_tmpfs(void)
{
	on_tmpfs("/dev/shm");
}

static void tmp_tmpfs(void)
{
	on_tmpfs("/tmp");
}

static void unlink_shared(void)
{
	shm_unlink(name);
}

static void posix_shm(void)
{
	snprintf(name, sizeof(name), "/victims-%s-%d", self->name, getpid());
	int fd = need("shm_open", shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
	at_verdict = unlink_shared;
	need("ftruncate", ftruncate(fd, 8 * PAGE));
	char *pages = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	fill(pages, 8 * PAGE, 3);
	across();
	if (broken(1))
		pages[3 * PAGE] ^= 1;
	check_filled("shared memory", pages, 8 * PAGE, 3);
	fd = need("shm_open again", shm_open(name, O_RDWR, 0));
	if (broken(2))
		pages = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	pages[0] = 77;
	char byte = 0;
	need("pread", pread(fd, &byte, 1, 0));
	check_is("by its name, what the mapping wrote", byte, 77);
}

static void unlink_semaphore(void)
{
	sem_unlink(name);
}

static void named_semaphore(void)
{
	int value = -1;
	snprintf(name, sizeof(name), "/victims-%s-%d", self->name, getpid());
	sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 3);
	if (semaphore == SEM_FAILED)
		fail("sem_open: %s", strerror(errno));
	at_verdict = unlink_semaphore;
	need("sem_wait", sem_wait(semaphore));
	across();
	if (broken(1))
		sem_post(semaphore);
	need("sem_getvalue", sem_getvalue(semaphore, &value));
	check_is("value", value, 2);
	sem_t *again = sem_open(name, 0);
	if (again == SEM_FAILED)
		fail("sem_open again: %s", strerror(errno));
	need("sem_post", sem_post(again));
	need("sem_getvalue", sem_getvalue(semaphore, &value));
	check_is("value after a post by name", value, 3);
}

// A semaphore in shared memory, between two processes.
static void unnamed_semaphore(void)
{
	sem_t *semaphores = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	need("sem_init", sem_init(&semaphores[0], 1, 0));
	need("sem_init", sem_init(&semaphores[1], 1, 0));
	pid_t pid = child();
	if (pid == 0) {
		while (sem_wait(&semaphores[0]) < 0 && errno == EINTR)
			;
		need("sem_post", broken(1) ? 0 : sem_post(&semaphores[1]));
		end_child();
	}
	until_asleep(pid, pid);
	across();
	need("sem_post", sem_post(&semaphores[0]));
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += patience;
	check(sem_timedwait(&semaphores[1], &until) == 0, "no answer: %s", strerror(errno));
	join(pid);
}

static void sealed(void)
{
	int seals = F_SEAL_SHRINK | F_SEAL_WRITE;
	int fd = may("memfd", memfd_create("victim", MFD_ALLOW_SEALING | MFD_CLOEXEC));
	int other = need("memfd", memfd_create("open to all", MFD_ALLOW_SEALING | MFD_CLOEXEC));
	char *found = need_memory(malloc(3 * PAGE));
	fill(found, 3 * PAGE, 4);
	need("write", write(fd, found, 3 * PAGE));
	need("write", write(other, "abc", 3));
	need("seal", fcntl(fd, F_ADD_SEALS, seals));
	char *pages = map(3 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	across();
	if (broken(1))
		need("seal", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	if (broken(2))
		need("write", write(other, "d", 1));
	check_is("seals", fcntl(fd, F_GET_SEALS), seals);
	check_is("seals of the other", fcntl(other, F_GET_SEALS), 0);
	check_error("write to a sealed one", pwrite(fd, "x", 1, 0), EPERM);
	check_is("offset of the other", lseek(other, 0, SEEK_CUR), 3);
	need("pread", pread(fd, found, 3 * PAGE, 0));
	check_filled("contents", found, 3 * PAGE, 4);
	check_filled("mapping", pages, 3 * PAGE, 4);
	char link[64] = "", path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	need("readlink", readlink(path, link, sizeof(link) - 1));
	check_text("name", link, "/memfd:victim (deleted)");
}

const struct victim tmpfs_victims[] = {
	{ "tmpfs-run", "a file in /run", run_tmpfs, NEEDS_ROOT, NULL },
	{ "tmpfs-shm", "a file in /dev/shm", shm_tmpfs, 0, NULL },
	{ "tmpfs-tmp", "a file in /tmp", tmp_tmpfs, 0, NULL },
	{ "posix-shm", "POSIX shared memory, mapped and by name", posix_shm, 0, NULL },
	{ "named-sem", "a named semaphore", named_semaphore, 0, NULL },
	{ "unnamed-sem", "a semaphore in shared memory with a waiter", unnamed_semaphore, 0, NULL },
	{ "memfd", "memfd: contents, seals, name, mapping", sealed, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};

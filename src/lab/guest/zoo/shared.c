// Memory that is a file's, or shared.

#include "zoo.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define RW (PROT_READ | PROT_WRITE)
#define HOME "/otherworld/zoo/"

static void touch(const volatile char *p, size_t size)
{
	char sum = 0;
	for (size_t i = 0; i < size; i += PAGE)
		sum += p[i];
	(void)sum;
}

static void file_maps(void)
{
	int fd = make_file(HOME "mapped", 64 * PAGE + 100, 0x200);
	char *p = map(16 * PAGE, RW, MAP_PRIVATE, fd, 0);
	touch(p, 16 * PAGE);
	fill(p + 2 * PAGE, 3 * PAGE, 0x201); // copies of our own
	p = map(16 * PAGE, RW, MAP_SHARED, fd, 16 * PAGE);
	touch(p, 8 * PAGE);
	fill(p + PAGE, 2 * PAGE, 0x202); // dirty pages of the file
	p = map(80 * PAGE, PROT_READ, MAP_SHARED, fd, 0); // beyond the file's end
	touch(p, 4 * PAGE);
	p = map(4 * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 60 * PAGE);
	touch(p, 4 * PAGE);
	remember_cached(HOME "mapped");
	close(fd);
	fd = make_file(HOME "unlinked file", 4 * PAGE, 0x203);
	touch(map(4 * PAGE, RW, MAP_SHARED, fd, 0), 4 * PAGE);
	unlink(HOME "unlinked file");
	fd = make_file(HOME "odd\nname \\ \xc3\xa9", 2 * PAGE, 0x204);
	touch(map(2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0), 2 * PAGE);
	ready();
}

// Parent and child share these pages.
static void shared_anon(void)
{
	char *p = map(16 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fill(p, 12 * PAGE, 0x210);
	int fd = must("/dev/zero", open("/dev/zero", O_RDWR));
	fill(map(4 * PAGE, RW, MAP_SHARED, fd, 0), 4 * PAGE, 0x211);
	fill(map(4 * PAGE, RW, MAP_PRIVATE, fd, 0), 4 * PAGE, 0x212);
	if (child("zoo-shanon-c") == 0) {
		fill(p, PAGE, 0x213);
		sleep_forever();
	}
	fd = make_file("/dev/shm/zoo-shm", 8 * PAGE, 0x214);
	touch(map(8 * PAGE, RW, MAP_SHARED, fd, 0), 6 * PAGE);
	usleep(100000);
	ready();
}

static void memory_file(void)
{
	int fd = must("memfd_create", memfd_create("zoo memory", MFD_ALLOW_SEALING));
	must("ftruncate", ftruncate(fd, 32 * PAGE));
	fill(map(8 * PAGE, RW, MAP_SHARED, fd, 4 * PAGE), 8 * PAGE, 0x220);
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	touch(map(8 * PAGE, PROT_READ, MAP_PRIVATE, fd, 4 * PAGE), 8 * PAGE);
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif
	try("sealed memfd", memfd_create("zoo-sealed", MFD_NOEXEC_SEAL)); // 6.3
	int huge = memfd_create("zoo-huge", MFD_HUGETLB);
	if (try("huge memfd", huge) >= 0 && ftruncate(huge, 2 * MIB) == 0)
		fill(map(2 * MIB, RW, MAP_SHARED, huge, 0), 2 * MIB, 0x221);
	ready();
}

static void sysv(void)
{
	int kept = must("shmget", shmget(0x5a00, 8 * PAGE, IPC_CREAT | 0640));
	int doomed = must("shmget", shmget(IPC_PRIVATE, 4 * PAGE, IPC_CREAT | 0600));
	struct sembuf undo[] = { { 0, 3, SEM_UNDO }, { 1, 1, 0 } };
	struct { long type; char text[32]; } message = { 7, "a message nobody has read" };
	fill(shmat(kept, NULL, 0), 6 * PAGE, 0x230);
	fill(shmat(doomed, NULL, 0), 4 * PAGE, 0x231);
	touch(shmat(kept, NULL, SHM_RDONLY), 2 * PAGE);
	shmctl(doomed, IPC_RMID, NULL);
	int semaphores = try("semget", semget(0x5a01, 2, IPC_CREAT | 0600));
	try("semop", semop(semaphores, undo, 2));
	int queue = try("msgget", msgget(0x5a02, IPC_CREAT | 0600));
	try("msgsnd", msgsnd(queue, &message, sizeof(message.text), 0));
	char *large = map(3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); // of several pages
	fill(large, 3 * PAGE, 0x232);
	*(long *)large = 8;
	int pages = try("msgget", msgget(0x5a03, IPC_CREAT | 0600));
	try("msgsnd", msgsnd(pages, large, 8000, IPC_NOWAIT));
	struct sembuf never = { 0, -10, 0 };
	if (child("zoo-sem-wait") == 0) {
		semop(semaphores, &never, 1);
		sleep_forever();
	}
	usleep(100000);
	ready();
}

// In the page cache and nowhere else: nobody has them open or mapped.
static void page_cache(void)
{
	char page[PAGE];
	close(make_file(HOME "cached dirty", 300 * PAGE + 1234, 0x240));
	int fd = make_file(HOME "cached clean", 40 * PAGE, 0x241);
	fsync(fd);
	close(fd);
	fd = make_file(HOME "cached sparse", 2 * PAGE, 0x242);
	fill(page, PAGE, 0x243);
	must("pwrite", pwrite(fd, page, PAGE, 9000 * PAGE));
	close(fd);
	close(make_file("/tmp/zoo-tmpfs", 20 * PAGE + 7, 0x244));
	remember_cached(HOME "cached dirty");
	remember_cached(HOME "cached clean");
	remember_cached("/tmp/zoo-tmpfs");
	ready();
}

const struct specimen shared_specimens[] = {
	{ "filemaps", file_maps }, { "sharedanon", shared_anon }, { "memfd", memory_file },
	{ "sysv", sysv },	   { "pagecache", page_cache },	  { NULL, NULL },
};

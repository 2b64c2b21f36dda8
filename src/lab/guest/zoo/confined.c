// What security modules confine: profiles of AppArmor, made here and loaded as apparmor_parser would, and a ruleset of
// Landlock. The format of profiles is the one that security/apparmor/policy_unpack.c reads, in its oldest version.

#include "zoo.h"

#include <pthread.h>
#include <sys/prctl.h>

#define APPARMOR "/sys/kernel/security/apparmor/"
#define SELF "/proc/thread-self/attr/current"

enum tag { TAG_U32 = 2, TAG_NAME = 4, TAG_STRING = 5, TAG_STRUCT = 7, TAG_END = 8 };
enum mode { ENFORCE, COMPLAIN, KILL, UNCONFINED };

struct packed {
	size_t size;
	unsigned char bytes[512];
};

static void pack(struct packed *p, const void *from, size_t n)
{
	if (p->size + n > sizeof(p->bytes))
		skip("a profile is too long");
	memcpy(p->bytes + p->size, from, n);
	p->size += n;
}

static void pack_tag(struct packed *p, enum tag tag)
{
	pack(p, &(unsigned char){ tag }, 1);
}

static void pack_text(struct packed *p, enum tag tag, const char *text)
{
	pack_tag(p, tag);
	pack(p, &(uint16_t){ strlen(text) + 1 }, 2);
	pack(p, text, strlen(text) + 1);
}

static void pack_u32(struct packed *p, uint32_t value)
{
	pack_tag(p, TAG_U32);
	pack(p, &value, 4);
}

static void pack_struct(struct packed *p, const char *name)
{
	pack_text(p, TAG_NAME, name);
	pack_tag(p, TAG_STRUCT);
}

// A profile without any rule: what it confines may do nothing that AppArmor is asked about.
static void pack_profile(struct packed *p, const char *name, enum mode mode)
{
	pack_text(p, TAG_NAME, "version");
	pack_u32(p, 5);
	pack_struct(p, "profile");
	pack_text(p, TAG_STRING, name);
	pack_struct(p, "flags");
	pack_u32(p, 0); // no hat
	pack_u32(p, mode);
	pack_u32(p, 0); // nothing is audited
	pack_tag(p, TAG_END);
	for (int i = 0; i < 4; i++)
		pack_u32(p, 0); // capabilities: none
	pack_tag(p, TAG_END);
}

static void give(const char *path, const void *bytes, size_t size)
{
	int fd = must(path, open(path, O_WRONLY | O_CLOEXEC));
	must(path, write(fd, bytes, size));
	close(fd);
}

static void load(const char *name, enum mode mode, const char *how)
{
	struct packed p = { 0 };
	pack_profile(&p, name, mode);
	give(how, p.bytes, p.size);
}

static void ask(const char *path, const char *what)
{
	give(path, what, strlen(what));
}

// A child under a profile, which is all that it does: it may open nothing more. The pipe tells the parent that it is.
static void inmate(const char *name, const char *path, const char *what)
{
	char c;
	int ends[2];
	must("pipe", pipe(ends));
	pid_t pid = must("fork", fork());
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		close(READY_FD);
		close(ends[0]);
		int fd = try(path, open(path, O_WRONLY | O_CLOEXEC));
		if (fd < 0 || try(what, write(fd, what, strlen(what))) < 0)
			_exit(1);
		close(fd);
		close(ends[1]);
		sleep_forever();
	}
	close(ends[1]);
	if (read(ends[0], &c, 1) != 0)
		skip("%s said something", name);
	close(ends[0]);
}

static int told[2];

// The leader is free, its thread is not.
static void *confined_thread(void *unused)
{
	(void)unused;
	prctl(PR_SET_NAME, "aa-thread");
	ask(SELF, "changeprofile zoo-strict");
	close(told[1]);
	sleep_forever();
}

static void half_confined(void)
{
	char c;
	pthread_t thread;
	must("pipe", pipe(told));
	if (child("zoo-aa-half") == 0) {
		close(told[0]);
		if (pthread_create(&thread, NULL, confined_thread, NULL) != 0)
			_exit(1);
		sleep_forever();
	}
	close(told[1]);
	if (read(told[0], &c, 1) != 0)
		skip("a thread said something");
	close(told[0]);
}

static void apparmor(void)
{
	load("zoo-strict", ENFORCE, APPARMOR ".load");
	load("zoo-lenient", COMPLAIN, APPARMOR ".load");
	load("zoo-deadly", KILL, APPARMOR ".load");
	load("zoo-named", UNCONFINED, APPARMOR ".load");
	load("zoo-changed", ENFORCE, APPARMOR ".load");
	load("zoo-gone", ENFORCE, APPARMOR ".load");
	inmate("zoo-aa-strict", SELF, "changeprofile zoo-strict");
	inmate("zoo-aa-lenient", SELF, "changeprofile zoo-lenient");
	inmate("zoo-aa-deadly", SELF, "changeprofile zoo-deadly");
	inmate("zoo-aa-named", SELF, "changeprofile zoo-named");
	inmate("zoo-aa-changed", SELF, "changeprofile zoo-changed");
	inmate("zoo-aa-gone", SELF, "changeprofile zoo-gone");
	inmate("zoo-aa-stack", SELF, "stack zoo-strict");
	inmate("zoo-aa-exec", "/proc/thread-self/attr/exec", "exec zoo-strict");
	half_confined();
	// Those who are under it have a label that is out of date, and is as its successor.
	load("zoo-changed", COMPLAIN, APPARMOR ".replace");
	give(APPARMOR ".remove", "zoo-gone", sizeof("zoo-gone"));
	ready();
}

// May execute nothing.
static void landlock(void)
{
	uint64_t handled = 1; // LANDLOCK_ACCESS_FS_EXECUTE
	int fd = must("create_ruleset", syscall(444, &handled, sizeof(handled), 0));
	must("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	must("restrict_self", syscall(446, fd, 0));
	close(fd);
	ready();
}

const struct specimen confined_specimens[] = {
	{ "apparmor", apparmor }, { "landlock", landlock }, { NULL, NULL },
};

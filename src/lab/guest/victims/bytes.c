// Names that are no text: to the kernel they are bytes, and each of them is to come back.

#include "victims.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

// UTF-8 with a byte order mark and with the character that stands for others; Latin-1; no beginning, an overlong form, half a
// surrogate pair, a control character, and the first half of a character.
#define ODD "\xef\xbb\xbf" "\xc3\xa9\xef\xbf\xbd" "caf\xe9 \xff\xfe\xc0\xaf\xed\xa0\x80\x01\xc3"

static char name[512], target[512];

static void *cut(void *before)
{
	char found[16];
	// Of eight characters of two bytes 15 bytes are left.
	need("name", prctl(PR_SET_NAME, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"));
	need("name", prctl(PR_GET_NAME, before));
	until_after();
	if (broken(2))
		prctl(PR_SET_NAME, "renamed");
	need("name", prctl(PR_GET_NAME, found));
	check_text("name that was cut", found, before);
	return NULL;
}

static void comm(void)
{
	char found[16], before[16];
	pthread_t other = thread(cut, before);
	nap(0.1);
	need("name", prctl(PR_SET_NAME, "\xff\xfe"));
	across();
	if (broken(1))
		prctl(PR_SET_NAME, "renamed");
	need("name", prctl(PR_GET_NAME, found));
	check_text("name", found, "\xff\xfe");
	join_thread("thread", other);
}

static void check_link(const char *what, const char *link, const char *expected)
{
	char found[600] = "";
	need(what, readlink(link, found, sizeof(found) - 1));
	check_text(what, found, expected);
}

static void check_fd(const char *what, int fd, const char *expected)
{
	char link[64];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	check_link(what, link, expected);
}

// A directory that is worked in, a file in it that is open and mapped, and what was written to it last.
static void paths(void)
{
	static char maps[65536];
	char folder[400];
	snprintf(folder, sizeof(folder), "%s", work_path(ODD));
	need("mkdir", mkdir(folder, 0755));
	need("chdir", chdir(folder));
	snprintf(name, sizeof(name), "%s/%s", folder, ODD);
	int fd = need(name, open(ODD, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
	need("write", write(fd, "on the disk", 11));
	to_disk(fd);
	int place = need("folder", open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	to_disk(place);
	char *page = map(PAGE, PROT_READ, MAP_SHARED, fd, 0);
	need("write", write(fd, ", and in memory", 15));
	across();
	if (broken(1))
		need("chdir", chdir("/"));
	if (broken(2))
		need("dup", dup3(place, fd, O_CLOEXEC));
	if (broken(3))
		munmap(page, PAGE);
	check_link("working directory", "/proc/self/cwd", folder);
	check_fd("open directory", place, folder);
	check_fd("open file", fd, name);
	slurp("/proc/self/maps", maps, sizeof(maps));
	check(strstr(maps, name) != NULL, "the file's name is not in maps");
	if (*reasons)
		return;
	check_bytes("mapping", page, "on the disk, and in memory", 26);
	check_is("offset", lseek(fd, 0, SEEK_CUR), 26);
	char found[40] = "";
	int again = need("by its name", open(ODD, O_RDONLY | O_CLOEXEC));
	need("read", read(again, found, sizeof(found) - 1));
	check_text("by its name", found, "on the disk, and in memory");
}

static void remove_odd(void)
{
	char path[600];
	snprintf(path, sizeof(path), "%s/link", name);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s", name, ODD);
	unlink(path);
	rmdir(name);
}

// A folder in memory, a file and a link in it; and a memfd.
static void in_memory(void)
{
	char path[600], link[600], contents[PAGE], memfd[100];
	snprintf(name, sizeof(name), "/dev/shm/victims-%d-%s", getpid(), ODD);
	snprintf(path, sizeof(path), "%s/%s", name, ODD);
	snprintf(link, sizeof(link), "%s/link", name);
	// Too long to be kept beside the inode.
	for (int i = 0; i < 8; i++)
		strcat(target, "../" ODD);
	may("mkdir", mkdir(name, 0755));
	at_verdict = remove_odd;
	int fd = need(path, open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
	fill(contents, PAGE, 1);
	need("write", write(fd, contents, PAGE));
	need("symlink", symlink(target, link));
	int other = need("memfd", memfd_create(ODD, MFD_CLOEXEC));
	snprintf(memfd, sizeof(memfd), "/memfd:%s (deleted)", ODD);
	across();
	if (broken(1))
		need("rename", rename(path, link));
	if (broken(2))
		need("dup", dup3(fd, other, O_CLOEXEC));
	check_fd("open file", fd, path);
	check_fd("memfd", other, memfd);
	check_link("link", link, target);
	fd = need("by its name", open(path, O_RDONLY | O_CLOEXEC));
	need("read", read(fd, contents, PAGE));
	check_filled("contents", contents, PAGE, 1);
}

// Executable, arguments and environment.
static void image(void)
{
	char found[512] = "";
	strcpy(name, work_path(ODD));
	if (!getenv("VICTIMS_ODD")) {
		copy_self(name);
		setenv("VICTIMS_ODD", ODD, 1);
		need("exec", execl(name, ODD, "run", self->name, directory, ODD, NULL));
	}
	across();
	if (broken(1))
		need("unlink", unlink(name));
	if (broken(2))
		*getenv("VICTIMS_ODD") ^= 1;
	check_link("exe", "/proc/self/exe", name);
	slurp("/proc/self/cmdline", found, sizeof(found));
	check_text("argument", found, ODD);
	check_text("environment", getenv("VICTIMS_ODD"), ODD);
}

static struct sockaddr_un by_path, abstract;
static socklen_t abstract_size;

static void remove_path(void)
{
	unlink(by_path.sun_path);
}

static int bound(int type, const struct sockaddr_un *address, socklen_t size)
{
	int fd = need("socket", socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	need("bind", bind(fd, (const struct sockaddr *)address, size));
	return fd;
}

static void check_name(const char *what, int fd, const struct sockaddr_un *expected, socklen_t size)
{
	struct sockaddr_un found = { 0 };
	socklen_t found_size = sizeof(found);
	need("getsockname", getsockname(fd, (struct sockaddr *)&found, &found_size));
	check_is(what, found_size, size);
	check_bytes(what, &found, expected, size);
}

// A listener with a path, and a datagram from a socket whose abstract name has a NUL in it.
static void sockets(void)
{
	struct sockaddr_un from = { 0 };
	socklen_t size = sizeof(from), path_size;
	char found[20];
	by_path.sun_family = abstract.sun_family = AF_UNIX;
	snprintf(by_path.sun_path, sizeof(by_path.sun_path), "/tmp/victims-%d-%s", getpid(), ODD);
	path_size = offsetof(struct sockaddr_un, sun_path) + strlen(by_path.sun_path) + 1;
	abstract_size = offsetof(struct sockaddr_un, sun_path) + 1;
	abstract_size += snprintf(abstract.sun_path + 1, 90, "%s%c@%d", ODD, 0, getpid());
	at_verdict = remove_path;
	int listener = bound(SOCK_STREAM, &by_path, path_size);
	need("listen", listen(listener, 3));
	int receiver = bound(SOCK_DGRAM, &abstract, abstract_size);
	need("sendto", sendto(receiver, "queued", 6, 0, (struct sockaddr *)&abstract, abstract_size));
	across();
	if (broken(1))
		unlink(by_path.sun_path);
	if (broken(2)) {
		close(receiver);
		receiver = bound(SOCK_DGRAM, &abstract, abstract_size - 1);
	}
	check_name("path", listener, &by_path, path_size);
	check_name("abstract name", receiver, &abstract, abstract_size);
	if (*reasons)
		return;
	check_is("recvfrom", recvfrom(receiver, found, 20, 0, (struct sockaddr *)&from, &size), 6);
	check_is("size of the sender's name", size, abstract_size);
	check_bytes("sender's name", &from, &abstract, abstract_size);
	int client = need("socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	check_is("connect", connect(client, (struct sockaddr *)&by_path, path_size), 0);
}

const struct victim byte_victims[] = {
	{ "name-bytes", "a thread's name", comm, 0, NULL },
	{ "path-bytes", "names of a working directory and of an open, mapped file", paths, 0, NULL },
	{ "tmpfs-bytes", "names in memory: folder, file, target of a link, memfd", in_memory, 0, NULL },
	{ "image-bytes", "the executable's name, arguments, environment", image, 0, NULL },
	{ "unix-bytes", "a socket's path, an abstract name with a NUL in it", sockets, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};

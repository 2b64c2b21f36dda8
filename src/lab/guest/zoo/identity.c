// Who a process is, and where: credentials, names, roots, namespaces, sessions.

#include "zoo.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>

extern char **environ;

static void creds(void)
{
	gid_t groups[] = { 4, 24, 27, 1000, 65534, 123456 };
	if (child("zoo-cred-user") == 0) {
		setgroups(6, groups);
		try("setresgid", setresgid(1001, 1002, 1003));
		try("setresuid", setresuid(1001, 1002, 1003));
		sleep_forever();
	}
	if (child("zoo-cred-caps") == 0) {
		struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
		struct __user_cap_data_struct data[2] = { { 1 << CAP_NET_RAW | 1 << CAP_SYS_PTRACE,
							    1 << CAP_NET_RAW | 1 << CAP_SYS_PTRACE | 1 << CAP_CHOWN,
							    1 << CAP_NET_RAW } };
		prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS | SECBIT_NO_SETUID_FIXUP);
		prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE);
		setfsuid(2000);
		setfsgid(2001);
		try("capset", syscall(SYS_capset, &header, data));
		try("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0));
		sleep_forever();
	}
	if (child("zoo-cred-big") == 0) {
		gid_t many[200];
		for (int i = 0; i < 200; i++)
			many[i] = 100000 + 3 * i;
		try("setgroups", setgroups(200, many));
		sleep_forever();
	}
	usleep(100000);
	ready();
}

static void seccomp(void)
{
	struct sock_filter filter[] = { BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
	struct sock_fprog program = { 1, filter };
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	must("seccomp", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGUSR1, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGUSR1); // the keeper dies soon
	ready();
}

static void limits(void)
{
	struct rlimit limit = { 111, 222 };
	setrlimit(RLIMIT_CORE, &limit);
	limit = (struct rlimit){ 33 * MIB, 44 * MIB };
	setrlimit(RLIMIT_STACK, &limit);
	setrlimit(RLIMIT_MEMLOCK, &limit);
	umask(027);
	try("personality", syscall(SYS_personality, 0x0040000)); // ADDR_NO_RANDOMIZE
	ready();
}

// As servers' setproctitle does: a new title over argv and on into the environment.
static void title(void)
{
	char line[4096];
	FILE *cmdline = fopen("/proc/self/cmdline", "re");
	size_t n = cmdline ? fread(line, 1, sizeof(line), cmdline) : 0;
	if (n == 0 || !environ[0])
		skip("no environment");
	char *start = environ[0] - n;
	memset(start, 0, n);
	snprintf(start, n + strlen(environ[0]), "zoo-title: a longer title than argv had room for");
	fclose(cmdline);
	ready();
}

// A long command line and environment: several pages of the stack.
static void long_args(void)
{
	if (getenv("ZOO_LONG")) {
		ready();
		sleep_forever();
	}
	static char words[200][64];
	char *arguments[202] = { "zoo-longargs" }, *variables[201];
	for (int i = 0; i < 200; i++) {
		snprintf(words[i], sizeof(words[i]), "argument-%d with blanks and \xc3\xa9 and \xff", i);
		arguments[i + 1] = variables[i] = words[i];
	}
	variables[199] = "ZOO_LONG=1";
	variables[200] = NULL;
	must("exec", execve("/proc/self/exe", arguments, variables));
}

static void chrooted(void)
{
	mkdir("/otherworld/zoo/root", 0755);
	mkdir("/otherworld/zoo/root/inside", 0755);
	must("chroot", chroot("/otherworld/zoo/root"));
	must("chdir", chdir("/inside"));
	try("open", open("/inside/file", O_RDWR | O_CREAT, 0644));
	ready();
}

// A mount namespace of its own with a bind mount, a tmpfs and a file bound over a file.
static void mntns(void)
{
	must("unshare", unshare(CLONE_NEWNS));
	must("private", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	mkdir("/otherworld/zoo/mnt", 0755);
	mkdir("/otherworld/zoo/bound", 0755);
	must("tmpfs", mount("zoo-tmpfs", "/otherworld/zoo/mnt", "tmpfs", MS_NOEXEC, "size=1m"));
	mkdir("/otherworld/zoo/mnt/deep", 0755);
	must("bind", mount("/otherworld/workloads", "/otherworld/zoo/bound", NULL, MS_BIND, NULL));
	try("ro", mount(NULL, "/otherworld/zoo/bound", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
	close(make_file("/otherworld/zoo/over", 100, 1));
	try("bind file", mount("/otherworld/zoo/over", "/etc/debian_version", NULL, MS_BIND, NULL));
	try("open", open("/otherworld/zoo/mnt/deep/file", O_RDWR | O_CREAT, 0600));
	try("open", open("/otherworld/zoo/bound/zoo.sh", O_RDONLY));
	try("open", open("/etc/debian_version", O_RDONLY));
	must("chdir", chdir("/otherworld/zoo/mnt/deep"));
	ready();
}

static void namespaces(void)
{
	must("unshare", unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP));
	try("sethostname", sethostname("elsewhere", 9));
	try("time namespace", unshare(0x80)); // CLONE_NEWTIME, 5.6
	put("/proc/self/timens_offsets", "monotonic 1000 0\n");
	if (child("zoo-timens") == 0)
		sleep_forever();
	ready();
}

static void userns(void)
{
	must("unshare", unshare(CLONE_NEWUSER));
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", "0 0 1");
	put("/proc/self/gid_map", "0 0 1");
	ready();
}

static void cwd_deleted(void)
{
	must("mkdir", mkdir("/otherworld/zoo/gone", 0755));
	must("chdir", chdir("/otherworld/zoo/gone"));
	must("rmdir", rmdir("/otherworld/zoo/gone"));
	ready();
}

static void copy_self(int to)
{
	char block[65536];
	ssize_t n;
	int from = must("self", open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	while ((n = read(from, block, sizeof(block))) > 0)
		must("write", write(to, block, n));
	close(from);
}

static void exe_deleted(void)
{
	if (unlink("/otherworld/zoo/exe") == 0) {
		ready();
		sleep_forever();
	}
	int fd = must("create", open("/otherworld/zoo/exe", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
	copy_self(fd);
	close(fd);
	must("exec", execl("/otherworld/zoo/exe", "zoo-exedel", NULL));
}

// Runs from memory: /proc/PID/exe is a memfd.
static void exe_memfd(void)
{
	if (getenv("ZOO_MEMFD")) {
		ready();
		sleep_forever();
	}
	int fd = must("memfd", memfd_create("zoo-program", 0));
	copy_self(fd);
	setenv("ZOO_MEMFD", "1", 1);
	must("fexecve", fexecve(fd, (char *const[]){ "zoo-exememfd", NULL }, environ));
}

static void cgroup(void)
{
	mkdir("/sys/fs/cgroup/zoo", 0755);
	mkdir("/sys/fs/cgroup/zoo/deep", 0755);
	put("/sys/fs/cgroup/zoo/deep/cgroup.procs", "0");
	ready();
}

// Hierarchies of version 1, mounted where only it sees them: one that a name makes, and one with a controller.
static void cgroup1(void)
{
	must("unshare", unshare(CLONE_NEWNS));
	must("private", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	mkdir("/otherworld/zoo/named", 0755);
	mkdir("/otherworld/zoo/freezer", 0755);
	must("named", mount("zoo-cgroup", "/otherworld/zoo/named", "cgroup", MS_NOSUID,
			    "none,name=zoo,clone_children,release_agent=/no/agent"));
	mkdir("/otherworld/zoo/named/inmates", 0755);
	mkdir("/otherworld/zoo/named/inmates/deep", 0755);
	put("/otherworld/zoo/named/inmates/deep/cgroup.procs", "0");
	if (try("freezer", mount("zoo-freezer", "/otherworld/zoo/freezer", "cgroup", 0, "freezer")) == 0) {
		mkdir("/otherworld/zoo/freezer/warm", 0755);
		put("/otherworld/zoo/freezer/warm/cgroup.procs", "0");
	}
	try("open", open("/otherworld/zoo/named/inmates/cgroup.procs", O_RDONLY));
	ready();
}

static void on_terminal(const char *slave)
{
	must("setsid", setsid());
	int fd = must("slave", open(slave, O_RDWR));
	must("ctty", ioctl(fd, TIOCSCTTY, 0));
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
}

// A session leader with a controlling terminal, a job in the foreground, one in the background that tried to read
// and was stopped, and one that has its own group but no part in the terminal.
static void session(void)
{
	struct winsize size = { .ws_row = 51, .ws_col = 133 };
	struct termios t;
	int master = must("ptmx", open("/dev/ptmx", O_RDWR | O_NOCTTY));
	int unlock = 0, number = -1;
	char slave[32], c;
	must("unlock", ioctl(master, TIOCSPTLCK, &unlock));
	must("number", ioctl(master, TIOCGPTN, &number));
	snprintf(slave, sizeof(slave), "/dev/pts/%d", number);
	ioctl(master, TIOCSWINSZ, &size);
	if (child("zoo-sess-lead") == 0) {
		close(master);
		on_terminal(slave);
		tcgetattr(0, &t);
		t.c_lflag &= ~(ICANON | ECHO);
		t.c_cc[VMIN] = 3;
		tcsetattr(0, TCSANOW, &t);
		pid_t front = fork();
		if (front == 0) {
			prctl(PR_SET_NAME, "zoo-sess-fg");
			setpgid(0, 0);
			sleep_forever();
		}
		setpgid(front, front);
		signal(SIGTTOU, SIG_IGN);
		tcsetpgrp(0, front);
		if (fork() == 0) {
			prctl(PR_SET_NAME, "zoo-sess-bg");
			setpgid(0, 0);
			if (read(0, &c, 1) < 0)
				sleep_forever();
		}
		sleep_forever();
	}
	usleep(300000);
	// Half a line that nobody has read, and one that nobody has shown.
	must("write", write(master, "ab", 2));
	ready();
}

const struct specimen identity_specimens[] = {
	{ "creds", creds },	     { "seccomp", seccomp },   { "limits", limits },	  { "title", title },
	{ "longargs", long_args },   { "chroot", chrooted },   { "mntns", mntns },	  { "ns", namespaces },
	{ "userns", userns },	     { "cwddel", cwd_deleted }, { "exedel", exe_deleted }, { "exememfd", exe_memfd },
	{ "cgroup", cgroup },	     { "cgroup1", cgroup1 },   { "session", session },	  { NULL, NULL },
};

// Terminals: settings, size, what was typed and not read, what was shown and not seen, sessions and foreground groups.

#include "victims.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master, slave;
static char slave_name[64];

static void open_pair(void)
{
	int unlock = 0, number = -1;
	master = may("/dev/ptmx", open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
	need("TIOCSPTLCK", ioctl(master, TIOCSPTLCK, &unlock));
	need("TIOCGPTN", ioctl(master, TIOCGPTN, &number));
	snprintf(slave_name, sizeof(slave_name), "/dev/pts/%d", number);
	slave = need(slave_name, open(slave_name, O_RDWR | O_NOCTTY | O_CLOEXEC));
}

static void raw(int noisy)
{
	struct termios t;
	need("tcgetattr", tcgetattr(slave, &t));
	cfmakeraw(&t);
	if (noisy)
		t.c_lflag |= ECHO;
	need("tcsetattr", tcsetattr(slave, TCSANOW, &t));
}

static void type(const char *text)
{
	need("type", write(master, text, strlen(text)));
}

static void show(const char *text)
{
	need("show", write(slave, text, strlen(text)));
}

static void settings(void)
{
	struct termios before = { .c_iflag = 0 }, found = { .c_iflag = 0 };
	struct winsize size = { 51, 133, 1000, 700 }, size_now = { 0, 0, 0, 0 };
	open_pair();
	need("tcgetattr", tcgetattr(slave, &before));
	before.c_iflag |= IXOFF | ISTRIP;
	before.c_lflag &= ~(ICANON | ECHOE);
	before.c_cc[VMIN] = 7;
	before.c_cc[VTIME] = 9;
	before.c_cc[VINTR] = 'q';
	cfsetspeed(&before, B19200);
	need("tcsetattr", tcsetattr(slave, TCSANOW, &before));
	need("TIOCSWINSZ", ioctl(master, TIOCSWINSZ, &size));
	need("tcgetattr", tcgetattr(slave, &before));
	across();
	if (broken(1)) {
		found = before;
		found.c_cc[VTIME] = 8;
		need("tcsetattr", tcsetattr(slave, TCSANOW, &found));
	}
	if (broken(2))
		need("TIOCSWINSZ", ioctl(slave, TIOCSWINSZ, &(struct winsize){ 51, 132, 1000, 700 }));
	memset(&found, 0, sizeof(found));
	need("tcgetattr", tcgetattr(slave, &found));
	check_is("c_iflag", found.c_iflag, before.c_iflag);
	check_is("c_oflag", found.c_oflag, before.c_oflag);
	check_is("c_cflag", found.c_cflag, before.c_cflag);
	check_is("c_lflag", found.c_lflag, before.c_lflag);
	check_bytes("c_cc", found.c_cc, before.c_cc, sizeof(found.c_cc));
	check_is("speed", cfgetospeed(&found), B19200);
	need("TIOCGWINSZ", ioctl(slave, TIOCGWINSZ, &size_now));
	check_bytes("window size", &size_now, &size, sizeof(size));
}

// Both directions, raw; then on, both ways, by the descriptors and by name.
static void unread(void)
{
	char link[64] = "", path[64];
	open_pair();
	raw(0);
	type("typed before");
	show("shown before");
	across();
	if (broken(1))
		need("tcflush", tcflush(slave, TCIFLUSH));
	if (broken(2))
		type("?");
	if (broken(3))
		show("?");
	check_reads("what was typed", slave, "typed before");
	check_reads("what was shown", master, "shown before");
	type("after");
	int again = need("open again", open(slave_name, O_RDWR | O_NOCTTY | O_CLOEXEC));
	check_reads("what is typed afterwards", again, "after");
	show("after");
	check_reads("what is shown afterwards", master, "after");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", slave);
	need("readlink", readlink(path, link, sizeof(link) - 1));
	check_text("name", link, slave_name);
}

// Canonical mode: a line that is whole can be read, half a line cannot until it is ended; and can be edited.
static void lines(void)
{
	struct termios t;
	open_pair();
	need("tcgetattr", tcgetattr(slave, &t));
	t.c_lflag &= ~(ECHO | ECHONL);
	need("tcsetattr", tcsetattr(slave, TCSANOW, &t));
	type("a whole line\nhalf a lix");
	across();
	if (broken(1))
		type("\n");
	if (broken(2))
		type("\025"); // kills the line
	char found[100] = "";
	struct pollfd readable = { .fd = slave, .events = POLLIN };
	check_is("poll", poll(&readable, 1, patience * 1000), 1);
	need("read", read(slave, found, sizeof(found) - 1));
	check_text("first line", found, "a whole line\n");
	check_is("half a line is not readable", poll(&readable, 1, 100), 0);
	type("\177ne\n"); // erases the x
	check_reads("second line", slave, "half a line\n");
}

static void echo(void)
{
	open_pair();
	type("echoed");
	across();
	if (broken(1))
		raw(0);
	check_reads("echo", master, "echoed");
	type("\001\n");
	check_reads("echo afterwards", master, "^A\r\n");
	show("x\n");
	check_reads("newlines", master, "x\r\n");
}

static void packet(void)
{
	int on = 1;
	char found[100] = "";
	open_pair();
	raw(0);
	need("TIOCPKT", ioctl(master, TIOCPKT, &on));
	show("data");
	across();
	if (broken(1))
		need("TIOCPKT", ioctl(master, TIOCPKT, &(int){ 0 }));
	check_is("read", read(master, found, sizeof(found)), 5);
	check_is("kind of packet", found[0], TIOCPKT_DATA);
	check_bytes("packet", found + 1, "data", 4);
	nonblocking(master);
	need("tcflush", tcflush(slave, TCIOFLUSH));
	check(read(master, found, sizeof(found)) == 1 && (found[0] & TIOCPKT_FLUSHREAD), "a flush is told: %#x", found[0]);
}

// --- a session of its own on the terminal

static volatile int interrupts, background;

static void note(int number)
{
	interrupts += number == SIGINT;
	background += number == SIGTTIN;
}

// In the foreground: Ctrl-C reaches it, and reading is its right.
static void foreground(struct word set)
{
	char text[16] = "";
	on_signal(SIGINT, note, 0);
	setpgid(0, 0);
	tell(set);
	until_after();
	for (int i = 0; i < patience * 20 && !interrupts; i++)
		nap(0.05);
	check_is("SIGINT in the foreground", interrupts, 1);
	need("read", read(slave, text, 5));
	check_text("typed", text, "words");
	end_child();
}

static void leader(struct word set, pid_t *group)
{
	on_signal(SIGINT, note, 0);
	on_signal(SIGTTOU, SIG_IGN, 0);
	need("setsid", setsid());
	need("TIOCSCTTY", ioctl(slave, TIOCSCTTY, 0));
	struct word ready_too = promise();
	pid_t job = child();
	if (job == 0)
		foreground(ready_too);
	hear(ready_too);
	need("tcsetpgrp", tcsetpgrp(slave, job));
	*group = job;
	tell(set);
	until_after();
	if (broken(1))
		need("tcsetpgrp", tcsetpgrp(slave, getpgrp()));
	if (broken(2))
		need("TIOCNOTTY", ioctl(slave, TIOCNOTTY));
	check_is("foreground group", tcgetpgrp(slave), job);
	check_is("session of the terminal", tcgetsid(slave), getpid());
	int tty = need("/dev/tty", open("/dev/tty", O_RDWR | O_CLOEXEC));
	check_is("group by /dev/tty", tcgetpgrp(tty), job);
	*group = 0; // now the other may type
	join(job);
	check_is("SIGINT in the background", interrupts, 0);
	end_child();
}

static void control(void)
{
	volatile pid_t *group = map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	open_pair();
	struct word set = promise();
	pid_t pid = child();
	if (pid == 0)
		leader(set, (pid_t *)group);
	hear(set);
	pid_t job = *group, found = -1;
	across();
	for (int i = 0; i < patience * 20 && *group; i++)
		nap(0.05);
	need("TIOCGPGRP", ioctl(master, TIOCGPGRP, &found));
	check_is("foreground group by the master", found, job);
	type("\003");
	nap(0.2); // what is typed before Ctrl-C arrives is flushed
	type("words\n");
	if (*reasons)
		verdict();
	join(pid);
}

// Stopped for reading in the background: goes on in the foreground.
static void background_read(void)
{
	int status;
	char text[16] = "";
	open_pair();
	struct word set = promise();
	pid_t pid = child();
	if (pid == 0) {
		need("setsid", setsid());
		need("TIOCSCTTY", ioctl(slave, TIOCSCTTY, 0));
		on_signal(SIGTTOU, SIG_IGN, 0);
		pid_t job = child();
		if (job == 0) {
			setpgid(0, 0);
			need("read", read(slave, text, 5));
			check_text("typed", text, "words");
			end_child();
		}
		need("waitpid", waitpid(job, &status, WUNTRACED));
		tell(set);
		until_after();
		check_is("stopped by SIGTTIN", status, SIGTTIN << 8 | 0x7f);
		need("tcsetpgrp", tcsetpgrp(slave, job));
		kill(job, broken(1) ? SIGTERM : SIGCONT);
		kill(job, SIGCONT);
		join(job);
		end_child();
	}
	hear(set);
	type("words\n");
	across();
	join(pid);
}

static void type_words(void)
{
	type(broken(1) ? "wards\n" : "words\n");
}

static void reading(void)
{
	char found[16] = "";
	open_pair();
	pid_t pid = waker(type_words);
	check_is("read", read(slave, found, sizeof(found)), 6);
	check_text("line", found, "words\n");
	join(pid);
}

// The master goes afterwards: the terminal hangs up.
static void hang_up(void)
{
	char c;
	open_pair();
	raw(0);
	across();
	struct pollfd polled = { .fd = slave, .events = POLLIN };
	if (!broken(1))
		close(master);
	check_is("poll", poll(&polled, 1, 1000), 1);
	check(!!(polled.revents & POLLHUP), "events: %#x", polled.revents);
	nonblocking(slave);
	check_is("read", read(slave, &c, 1), 0);
	check_error("write", write(slave, "x", 1), EIO);
}

const struct victim pty_victims[] = {
	{ "pty-settings", "termios, speed and window size of a terminal", settings, 0, NULL },
	{ "pty-unread", "what was typed and shown and not read yet; both go on", unread, 0, NULL },
	{ "pty-lines", "canonical mode: a whole line, and half a line that goes on", lines, 0, NULL },
	{ "pty-echo", "what was echoed, and echo afterwards", echo, 0, NULL },
	{ "pty-packet", "packet mode", packet, 0, NULL },
	{ "pty-session", "controlling terminal, foreground group, Ctrl-C, /dev/tty", control, 0, NULL },
	{ "pty-background", "a job stopped for reading in the background", background_read, 0, NULL },
	{ "pty-read", "asleep in read of a terminal", reading, 0, NULL },
	{ "pty-hangup", "a terminal hangs up when its master is closed", hang_up, 0, NULL },
	{ NULL, NULL, NULL, 0, NULL },
};

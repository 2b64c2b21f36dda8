// A network namespace with devices, addresses and routes of every kind, and in it sockets in the states that pass quickly:
// connecting, half open, with data on its way. Nothing answers behind the device zoo0, so they stay as they are.

#include "zoo.h"

#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>

#define US "192.0.2.1"
#define NOBODY "198.51.100.9"

static const char *const setup[] = {
	"ip link set lo up",
	"ip link add zoo0 type dummy",
	"ip link set zoo0 mtu 1400 address 02:00:5a:00:00:01 txqueuelen 77 up",
	"ip addr add 192.0.2.1/24 brd + dev zoo0 label zoo0:a",
	"ip addr add 192.0.2.200/24 dev zoo0",
	"ip addr add 10.77.0.1 peer 10.77.0.2 dev zoo0",
	"ip -6 addr add 2001:db8::1/64 dev zoo0 nodad",
	"ip link add zoo1 type veth peer name zoo2",
	"ip link set zoo1 alias second",
	"ip route add 198.51.100.0/24 via 192.0.2.7 dev zoo0 metric 7 onlink",
	"ip route add default via 192.0.2.254 dev zoo0",
	"ip route add unreachable 203.0.113.0/24",
	"ip route add blackhole 203.0.113.128/25",
	"ip route add 10.1.0.0/16 dev zoo0 table 100 src 192.0.2.200",
	"ip route add 10.2.0.0/16 nexthop via 192.0.2.8 dev zoo0 weight 3 nexthop via 192.0.2.9 dev zoo0",
	"ip route add 10.3.0.0/16 tos 0x10 dev zoo0",
	"ip nexthop add id 5 via 192.0.2.11 dev zoo0",
	"ip route add 10.4.0.0/16 nhid 5",
	"ip route add 10.5.0.0/16 dev zoo0 mtu lock 1300 advmss 1200 window 8192 rtt 96ms initcwnd 4",
	"ip -6 route add 2001:db8:4::/48 from 2001:db8:9::/48 dev zoo0",
	"ip -6 route add 2001:db8:5::/48 dev zoo0 mtu 1290",
	"ip -6 route add 2001:db8:1::/48 via 2001:db8::7 dev zoo0 metric 33",
	"ip -6 route add unreachable 2001:db8:2::/48",
	"ip -6 route add 2001:db8:3::/48 dev zoo0 table 100",
	"ip rule add from 10.0.0.0/8 table 100",
	"ip neigh add 192.0.2.7 lladdr 02:00:5a:00:00:07 dev zoo0",
	"ip neigh add 192.0.2.8 lladdr 02:00:5a:00:00:08 dev zoo0 nud permanent",
	"ip neigh add proxy 192.0.2.77 dev zoo0",
	"ip maddr add 33:33:00:00:12:34 dev zoo0",
	"ip addr >/run/otherworld/zoo-addr",
	"ip route show table all >/run/otherworld/zoo-route",
	"echo 100 >/proc/sys/net/ipv4/tcp_syn_retries",
	"echo 200 >/proc/sys/net/ipv4/tcp_synack_retries",
	"echo 200 >/proc/sys/net/ipv4/tcp_retries2",
};

// A line for whoever compares.
static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...)
{
	va_list args;
	FILE *to = fopen("/run/otherworld/zoo-errors", "ae");
	if (!to)
		return;
	va_start(args, format);
	vfprintf(to, format, args);
	va_end(args);
	fclose(to);
}

static struct sockaddr_in v4(const char *address, int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = inet_addr(address) };
}

static void connecting(void)
{
	struct sockaddr_in nobody = v4(NOBODY, 7010);
	int fd = must("socket", socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	if (connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)) < 0 && errno != EINPROGRESS)
		try("connect", -1);
}

static unsigned short checksum(const void *data, size_t size, uint32_t sum)
{
	const unsigned char *p = data;
	for (size_t i = 0; i < size; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

// A segment from somebody else, as if it had come over the wire.
static void forge(struct sockaddr_in from, struct sockaddr_in to, uint32_t seq, uint32_t ack, int syn, const char *text)
{
	struct { struct iphdr ip; struct tcphdr tcp; char data[32]; } p = {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP, .saddr = from.sin_addr.s_addr,
			.daddr = to.sin_addr.s_addr },
		.tcp = { .source = from.sin_port, .dest = to.sin_port, .seq = htonl(seq), .ack_seq = htonl(ack), .doff = 5,
			 .syn = syn, .ack = !syn, .psh = !syn, .window = htons(1000) },
	};
	size_t size = sizeof(p.tcp) + strlen(text);
	memcpy(p.data, text, strlen(text));
	uint32_t sum = checksum(&p.ip.saddr, 8, IPPROTO_TCP + size);
	p.tcp.check = htons(~checksum(&p.tcp, size, sum));
	int fd = must("raw", socket(AF_INET, SOCK_RAW, IPPROTO_RAW));
	try("forge", sendto(fd, &p, sizeof(p.ip) + size, 0, (struct sockaddr *)&to, sizeof(to)));
	close(fd);
}

// The first answer that the port gives, on its way out.
static void tell_answer(int tap, int port)
{
	struct { struct iphdr ip; struct tcphdr tcp; } p;
	for (int i = 0; i < 500; i++) {
		ssize_t n = recv(tap, &p, sizeof(p), 0);
		if (n == sizeof(p) && p.ip.protocol == IPPROTO_TCP && p.tcp.source == htons(port) && p.tcp.syn) {
			tell("syn-ack %u %u %u\n", ntohl(p.tcp.seq), ntohl(p.tcp.ack_seq), ntohs(p.tcp.window));
			return;
		}
		if (n < 0)
			usleep(10000);
	}
}

static void half_open(void)
{
	struct sockaddr_in us = v4(US, 7011);
	int tap = try("packet", socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK, htons(ETH_P_ALL)));
	int fd = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	must("bind", bind(fd, (struct sockaddr *)&us, sizeof(us)));
	must("listen", listen(fd, 5));
	forge(v4(NOBODY, 4321), us, 1000, 0, 1, "");
	tell_answer(tap, 7011);
	close(tap);
}

static int set(int fd, int option, int value)
{
	return setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value));
}

// A connection to nobody, made as a restorer makes one: sent and not acknowledged, received and not read, out of order.
static void on_the_way(void)
{
	struct sockaddr_in us = v4(US, 7012), nobody = v4(NOBODY, 7013);
	int fd = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	must("repair", set(fd, TCP_REPAIR, 1));
	must("bind", bind(fd, (struct sockaddr *)&us, sizeof(us)));
	set(fd, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
	set(fd, TCP_QUEUE_SEQ, 500000);
	set(fd, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE);
	set(fd, TCP_QUEUE_SEQ, 700000);
	must("connect", connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)));
	try("received", send(fd, "received in order", 17, 0));
	set(fd, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE);
	try("sent", send(fd, "sent, not acknowledged", 22, 0));
	set(fd, TCP_REPAIR_QUEUE, TCP_NO_QUEUE);
	try("repair off", set(fd, TCP_REPAIR, -1)); // without a window probe
	forge(nobody, us, 700000 + 17 + 100, 500000, 0, "ahead of a gap");
	set(fd, TCP_CORK, 1);
	try("corked", send(fd, "written, not sent", 17, 0));
}

// A reader that does not read: its window closes, and the writer probes it.
static void window_shut(void)
{
	static char block[4096];
	int small = 4096, fd = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	struct sockaddr_in us = v4("127.0.0.1", 7014);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	must("bind", bind(fd, (struct sockaddr *)&us, sizeof(us)));
	must("listen", listen(fd, 1));
	int writer = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	setsockopt(writer, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	must("connect", connect(writer, (struct sockaddr *)&us, sizeof(us)));
	must("accept", accept(fd, NULL, NULL));
	fcntl(writer, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 1000; i++) {
		memset(block, 'a' + i % 26, sizeof(block));
		if (send(writer, block, sizeof(block), 0) != sizeof(block))
			break;
	}
}

// What the kernel keeps of a connection when its process has closed it: TIME-WAIT, and FIN-WAIT-2 where the other end
// has not. Both are gone after a minute.
static void closed(void)
{
	struct sockaddr_in us = v4("127.0.0.1", 7015);
	int fd = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	must("bind", bind(fd, (struct sockaddr *)&us, sizeof(us)));
	must("listen", listen(fd, 2));
	for (int both = 0; both < 2; both++) {
		int client = must("socket", socket(AF_INET, SOCK_STREAM, 0));
		must("connect", connect(client, (struct sockaddr *)&us, sizeof(us)));
		close(must("accept", accept(fd, NULL, NULL)));
		if (both)
			close(client);
	}
}

static int unreachable(void)
{
	int one = 1, fd = must("socket", socket(AF_INET, SOCK_DGRAM, 0));
	struct sockaddr_in closed = v4("127.0.0.1", 7099);
	setsockopt(fd, SOL_IP, IP_RECVERR, &one, sizeof(one));
	must("sendto", sendto(fd, "is nobody there", 15, 0, (struct sockaddr *)&closed, sizeof(closed)));
	return fd;
}

static int unreachable6(void)
{
	int one = 1, fd = must("socket", socket(AF_INET6, SOCK_DGRAM, 0));
	struct sockaddr_in6 closed = { .sin6_family = AF_INET6, .sin6_port = htons(7098), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	setsockopt(fd, SOL_IPV6, IPV6_RECVERR, &one, sizeof(one));
	must("sendto", sendto(fd, "nor in six", 10, 0, (struct sockaddr *)&closed, sizeof(closed)));
	return fd;
}

static int too_long(void)
{
	static char datagram[2000];
	int one = 1, whole = IP_PMTUDISC_DO, fd = must("socket", socket(AF_INET, SOCK_DGRAM, 0));
	struct sockaddr_in far = v4("192.0.2.8", 7097);
	setsockopt(fd, SOL_IP, IP_RECVERR, &one, sizeof(one));
	setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, &whole, sizeof(whole));
	if (sendto(fd, datagram, sizeof(datagram), 0, (struct sockaddr *)&far, sizeof(far)) >= 0)
		tell("# a long datagram was sent\n");
	return fd;
}

#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif
#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif

static int without_copy(void)
{
	static char page[PAGE];
	int one = 1, fd = must("socket", socket(AF_INET, SOCK_STREAM, 0)), listener = must("socket", socket(AF_INET, SOCK_STREAM, 0));
	struct sockaddr_in us = v4("127.0.0.1", 0);
	socklen_t size = sizeof(us);
	must("bind", bind(listener, (struct sockaddr *)&us, sizeof(us)));
	must("listen", listen(listener, 1));
	must("getsockname", getsockname(listener, (struct sockaddr *)&us, &size));
	must("connect", connect(fd, (struct sockaddr *)&us, sizeof(us)));
	try("zerocopy", setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)));
	try("send", send(fd, page, sizeof(page), MSG_ZEROCOPY));
	return fd;
}

static const char *address_text(const struct sockaddr *at, char *into, size_t size)
{
	const void *bytes = at->sa_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)at)->sin6_addr
						      : (const void *)&((const struct sockaddr_in *)at)->sin_addr;
	if (at->sa_family != AF_INET && at->sa_family != AF_INET6)
		return "-";
	return inet_ntop(at->sa_family, bytes, into, size);
}

// Takes what is in an error queue, and tells it.
static void tell_error(const char *what, int fd)
{
	char data[64], control[512], to[64], by[64];
	struct sockaddr_in6 at = { 0 };
	struct iovec part = { data, sizeof(data) };
	struct msghdr m = { .msg_name = &at, .msg_namelen = sizeof(at), .msg_iov = &part, .msg_iovlen = 1,
			    .msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t size = -1;
	for (int i = 0; i < 200 && size < 0; i++) {
		size = recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);
		if (size < 0)
			usleep(10000);
	}
	for (struct cmsghdr *c = size < 0 ? NULL : CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		int is_error = (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) ||
			       (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR);
		const struct sock_extended_err *e = (const void *)CMSG_DATA(c);
		if (!is_error)
			continue;
		tell("%s %u %u %u %u %u %u %s %u %s %.*s\n", what, e->ee_errno, e->ee_origin, e->ee_type, e->ee_code,
		     e->ee_info, e->ee_data, address_text((struct sockaddr *)&at, to, sizeof(to)), ntohs(at.sin6_port),
		     address_text(SO_EE_OFFENDER(e), by, sizeof(by)), (int)size, data);
	}
}

// Each failure twice: what one socket is told, the other still has to hear.
static void failures(void)
{
	static const struct { const char *what; int (*fail)(void); } kinds[] = {
		{ "icmp", unreachable }, { "icmp6", unreachable6 }, { "local", too_long }, { "zerocopy", without_copy },
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		tell_error(kinds[i].what, kinds[i].fail());
		kinds[i].fail();
	}
}

static void network(void)
{
	must("unshare", unshare(CLONE_NEWNET));
	for (size_t i = 0; i < sizeof(setup) / sizeof(*setup); i++) {
		if (system(setup[i]) != 0) {
			errno = EINVAL;
			try(setup[i], -1);
		}
	}
	connecting();
	half_open();
	on_the_way();
	window_shut();
	failures();
	closed();
	ready();
}

static void send_with(int fd, const char *text, const int *fds, int count)
{
	char control[CMSG_SPACE(3 * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))] = { 0 };
	struct iovec part = { (void *)text, strlen(text) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control };
	message.msg_controllen = CMSG_SPACE(count * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred));
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	*c = (struct cmsghdr){ CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	c = CMSG_NXTHDR(&message, c);
	*c = (struct cmsghdr){ CMSG_LEN(sizeof(struct ucred)), SOL_SOCKET, SCM_CREDENTIALS };
	memcpy(CMSG_DATA(c), &(struct ucred){ getpid(), 1001, 1002 }, sizeof(struct ucred));
	try("sendmsg", sendmsg(fd, &message, 0));
}

// Descriptors on their way, some in nobody's table any more; and a stream of which a part has been read.
static void passed(void)
{
	char some[4];
	int one = 1, ends[2], pair[2], stream[2];
	must("pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	must("pair", socketpair(AF_UNIX, SOCK_STREAM, 0, stream));
	setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	must("pipe", pipe(ends));
	int file = make_file("/run/zoo-passed", PAGE, 0x250);
	try("write", write(ends[1], "in a passed pipe", 16));
	send_with(pair[0], "three descriptors", (int[]){ file, ends[0], stream[1] }, 3);
	close(file);
	try("send", send(stream[0], "0123456789", 10, 0));
	try("recv", recv(stream[1], some, sizeof(some), 0));
	close(ends[0]);
	ready();
}

const struct specimen network_specimens[] = { { "network", network }, { "passed", passed }, { NULL, NULL } };

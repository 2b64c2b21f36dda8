// Descriptors of sockets, each with something in it where it can have.

#include "zoo.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct sockaddr_un unix_name(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	memcpy(name.sun_path, path, strlen(path));
	return name;
}

static void unix_sockets(void)
{
	struct sockaddr_un path = unix_name("/run/zoo-socket"), datagram = unix_name("/run/zoo-datagram");
	struct sockaddr_un abstract = { .sun_family = AF_UNIX, .sun_path = "\0zoo-abstract" };
	socklen_t abstract_size = offsetof(struct sockaddr_un, sun_path) + 13;
	int pair[2], listener = must("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	must("bind", bind(listener, (struct sockaddr *)&path, sizeof(path)));
	listen(listener, 7);
	int client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	try("connect", connect(client, (struct sockaddr *)&path, sizeof(path)));
	int accepted = try("accept", accept(listener, NULL, NULL));
	try("send", send(client, "unread", 6, 0));
	try("send", send(accepted, "answer", 6, 0));
	int waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0); // connected, never accepted
	try("connect", connect(waiting, (struct sockaddr *)&path, sizeof(path)));
	int bound = socket(AF_UNIX, SOCK_DGRAM, 0);
	try("bind", bind(bound, (struct sockaddr *)&datagram, sizeof(datagram)));
	int sender = socket(AF_UNIX, SOCK_DGRAM, 0);
	try("sendto", sendto(sender, "first", 5, 0, (struct sockaddr *)&datagram, sizeof(datagram)));
	try("sendto", sendto(sender, "second", 6, 0, (struct sockaddr *)&datagram, sizeof(datagram)));
	int hidden = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	try("bind", bind(hidden, (struct sockaddr *)&abstract, abstract_size));
	listen(hidden, 1);
	try("pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	try("pair", socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair));
	try("pair", socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	shutdown(pair[0], SHUT_WR);
	ready();
}

static int listener_on(int family, struct sockaddr *address, socklen_t size)
{
	int one = 1, fd = must("socket", socket(family, SOCK_STREAM, 0));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	must("bind", bind(fd, address, size));
	must("listen", listen(fd, 16));
	must("getsockname", getsockname(fd, address, &size));
	return fd;
}

static void tcp_pair(int family, struct sockaddr *address, socklen_t size)
{
	int one = 1, listener = listener_on(family, address, size);
	int client = must("socket", socket(family, SOCK_STREAM, 0));
	must("connect", connect(client, address, size));
	int server = must("accept", accept(listener, NULL, NULL));
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(server, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	must("send", send(client, "question nobody read", 20, 0));
	must("send", send(server, "answer nobody read", 18, 0));
	client = must("socket", socket(family, SOCK_STREAM, 0));
	must("connect", connect(client, address, size)); // waits in the accept queue
	client = must("socket", socket(family, SOCK_STREAM, 0));
	must("connect", connect(client, address, size));
	server = must("accept", accept(listener, NULL, NULL));
	shutdown(server, SHUT_WR); // FIN-WAIT-2 here, CLOSE-WAIT there
}

static void tcp(void)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(7004), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(7006), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	tcp_pair(AF_INET, (struct sockaddr *)&v4, sizeof(v4));
	must("socket", socket(AF_INET, SOCK_STREAM, 0)); // neither bound nor connected
	usleep(100000);
	ready();
	if (socket(AF_INET6, SOCK_STREAM, 0) >= 0)
		tcp_pair(AF_INET6, (struct sockaddr *)&v6, sizeof(v6));
}

static void udp(void)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(7005), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(7007), .sin6_addr = IN6ADDR_ANY_INIT };
	int bound = must("socket", socket(AF_INET, SOCK_DGRAM, 0));
	must("bind", bind(bound, (struct sockaddr *)&v4, sizeof(v4)));
	int sender = must("socket", socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	must("connect", connect(sender, (struct sockaddr *)&v4, sizeof(v4)));
	must("send", send(sender, "datagram one", 12, 0));
	must("send", send(sender, "datagram two", 12, 0));
	int six = try("socket", socket(AF_INET6, SOCK_DGRAM, 0));
	try("bind", bind(six, (struct sockaddr *)&v6, sizeof(v6)));
	try("udplite", socket(AF_INET, SOCK_DGRAM, 136));
	try("ping", socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
	ready();
}

static void other_families(void)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	try("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	try("raw6", socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
	try("packet", socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ARP)));
	try("packet dgram", socket(AF_PACKET, SOCK_DGRAM, 0));
	int netlink = try("netlink", socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
	try("bind", bind(netlink, (struct sockaddr *)&group, sizeof(group)));
	try("uevent", socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT));
	try("vsock", socket(40, SOCK_STREAM, 0));
	try("alg", socket(38, SOCK_SEQPACKET, 0));
	ready();
}

const struct specimen socket_specimens[] = {
	{ "unix", unix_sockets }, { "tcp", tcp }, { "udp", udp }, { "otherfam", other_families }, { NULL, NULL },
};

# One socket: struct sock, and what its family adds. Queues as what in them has not been read, packet by packet.

import socket as numbers

from drgn import Object, cast
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.net import SOCK_INODE
from drgn.helpers.linux.rbtree import rbtree_inorder_for_each_entry

from oracle_values import hex_of, text

AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET = 1, 2, 10, 16, 17
SOCK_STREAM = 1
IPPROTO_TCP, IPPROTO_UDP = 6, 17
TIME_WAIT, LISTEN, NEW_SYN_RECV = 6, 10, 12
SIGN = 1 << 31
TCP_NUMBERS = (
    "snd_una snd_nxt write_seq rcv_nxt copied_seq rcv_wup snd_wl1 snd_up pushed_seq snd_wnd rcv_wnd max_window "
    "window_clamp rcv_ssthresh mss_cache advmss snd_cwnd snd_ssthresh ecn_flags packets_out bytes_sent bytes_acked "
    "bytes_received segs_out segs_in total_retrans nonagle repair tsoffset"
).split()


class Sockets:
    def __init__(self, prog, attempts):
        self.prog = prog
        self.attempts = attempts
        self.common = prog.type("struct sock_common")
        self.sock = prog.type("struct sock")
        self.uid_of_inode = any(True for _ in prog.symbols("sock_i_uid"))

    def of(self, address, table):
        common = Object(self.prog, self.common, address=address)
        facts = {
            "table": table,
            "family": int(common.skc_family),
            "state": int(common.skc_state),
            "protocol_name": text(common.skc_prot.name),
            "namespace": int(common.skc_net.net.ns.inum),
            "references": int(common.skc_refcnt.refs.counter),
        }
        if table == "tcp" and facts["state"] in (TIME_WAIT, NEW_SYN_RECV):
            return {**facts, **self.mini(common, address)}
        sock = Object(self.prog, self.sock, address=address).address_of_()
        return {**facts, "form": "full", **self.full(sock, facts["family"], facts["state"])}

    def mini(self, common, address):
        """A stand-in that is smaller than a struct sock; FIN-WAIT-2 without its process is kept as one too."""
        facts = {"form": "request", "inet": {**addresses(common), "local_port": int(common.skc_num)}}
        if common.skc_state != TIME_WAIT:
            return facts
        wait = Object(self.prog, "struct inet_timewait_sock", address=address)
        return {**facts, "form": "timewait", "state": int(wait.tw_substate)}

    def full(self, sock, family, state):
        inode = SOCK_INODE(sock.sk_socket) if sock.sk_socket else None
        facts = {
            "type": int(sock.sk_type),
            "protocol": int(sock.sk_protocol),
            "inode": int(inode.i_ino) if inode else 0,
            "uid": self.uid(sock, inode),
            "shutdown": int(sock.sk_shutdown),
            "memory": {
                "receive": int(sock.sk_backlog.rmem_alloc.counter),
                "receiveLimit": int(sock.sk_rcvbuf),
                "send": int(sock.sk_wmem_alloc.refs.counter) - 1,
                "sendLimit": int(sock.sk_sndbuf),
                "forward": int(sock.sk_forward_alloc),
                "writeQueued": int(sock.sk_wmem_queued),
                "option": int(sock.sk_omem_alloc.counter),
                "backlog": int(sock.sk_backlog.len),
            },
        }
        if family in (AF_INET, AF_INET6):
            tcp = facts["type"] == SOCK_STREAM and facts["protocol"] == IPPROTO_TCP
            return {**facts, **self.inet(sock), **(self.tcp(sock, state) if tcp else self.datagram(sock, facts["protocol"]))}
        if family == AF_UNIX:
            return {**facts, **self.unix(sock, facts["type"], state)}
        facts["queue"] = [packet(skb, 0) for skb in skbs(sock.sk_receive_queue)]
        if family == AF_NETLINK:
            facts["netlink"] = self.netlink(cast("struct netlink_sock *", sock))
        if family == AF_PACKET:
            own = cast("struct packet_sock *", sock)
            facts["packet"] = {"etherType": numbers.ntohs(int(own.num)), "interface": int(own.ifindex)}
        return facts

    def uid(self, sock, inode):
        """sock_i_uid() until it went with commit c51da3f7a161 (6.17); sk_uid since."""
        if self.uid_of_inode:
            return int(inode.i_uid.val) if inode else 0
        return int(sock.sk_uid.val)

    def inet(self, sock):
        own = cast("struct inet_sock *", sock)
        return {"inet": {**addresses(sock.member_("__sk_common")), "local_port": numbers.ntohs(int(own.inet_sport))}}

    def datagram(self, sock, protocol):
        first = []
        if protocol == IPPROTO_UDP:  # what it is about to deliver lies in a queue of the reader's
            first = list(skbs(cast("struct udp_sock *", sock).reader_queue))
        return {"queue": [packet(skb, 0) for skb in [*first, *skbs(sock.sk_receive_queue)]]}

    def tcp(self, sock, state):
        tcp = cast("struct tcp_sock *", sock)
        icsk = cast("struct inet_connection_sock *", sock)
        numbers_ = {name: int(tcp.member_(name)) for name in TCP_NUMBERS}
        numbers_["srtt"] = int(tcp.srtt_us) >> 3
        facts = {"tcp": {**numbers_, "congestion": text(icsk.icsk_ca_ops.name) if icsk.icsk_ca_ops else None}}
        if state == LISTEN:
            accepted = icsk.icsk_accept_queue.rskq_accept_head.read_()
            waiting = []
            while accepted:
                waiting.append(hex_of(accepted.sk))
                accepted = accepted.dl_next.read_()
            return {**facts, "backlog": waiting, "backlog_limit": int(sock.sk_max_ack_backlog)}
        una, next_ = numbers_["snd_una"], numbers_["snd_nxt"]
        return {
            **facts,
            "queue": unread(skbs(sock.sk_receive_queue), numbers_["copied_seq"]),
            "unacknowledged": [segment(skb, una) for skb in tree(sock.tcp_rtx_queue)],
            "unsent": unread(skbs(sock.sk_write_queue), next_),
            "out_of_order": [segment(skb, numbers_["rcv_nxt"]) for skb in tree(tcp.out_of_order_queue)],
        }

    def unix(self, sock, type_, state):
        own = cast("struct unix_sock *", sock)
        address = own.addr.read_()
        name = None
        if address:
            start = int(address.name.address_of_()) + 2  # behind sun_family
            name = self.prog.read(start, int(address.len) - 2).hex()
        facts = {
            "unix": {
                "name": name,
                "peer": hex_of(own.peer),
                "peer_pid": int(sock.sk_peer_pid.numbers[0].nr) if sock.sk_peer_pid else 0,
            },
        }
        if state == LISTEN:
            waiting = [hex_of(skb.sk) for skb in skbs(sock.sk_receive_queue)]
            return {**facts, "backlog": waiting, "backlog_limit": int(sock.sk_max_ack_backlog)}
        return {**facts, "queue": [unix_packet(skb, type_) for skb in skbs(sock.sk_receive_queue)]}

    def netlink(self, own):
        groups = []
        if own.groups:
            words = (int(own.ngroups) + 63) // 64
            bits = sum(int(own.groups[i]) << 64 * i for i in range(words))
            groups = [i + 1 for i in range(int(own.ngroups)) if bits >> i & 1]
        return {"portId": int(own.portid), "peerPortId": int(own.dst_portid), "groups": groups}


def addresses(common):
    """As bytes in network order; IPv6's of an IPv6 socket, also when mapped."""
    facts = {
        "remote_port": numbers.ntohs(int(common.skc_dport)),
        "device": int(common.skc_bound_dev_if),
        "v6only": bool(common.skc_ipv6only),
    }
    if common.skc_family == AF_INET6:
        return {**facts, "local": in6(common.skc_v6_rcv_saddr), "remote": in6(common.skc_v6_daddr)}
    return {**facts, "local": in4(common.skc_rcv_saddr), "remote": in4(common.skc_daddr)}


def in4(address):
    return int(address).to_bytes(4, "little").hex()


def in6(address):
    return bytes(int(byte) for byte in address.in6_u.u6_addr8).hex()


def skbs(head):
    return list_for_each_entry("struct sk_buff", cast("struct list_head *", head.address_of_()), "list")


def tree(root):
    return rbtree_inorder_for_each_entry("struct sk_buff", root.address_of_(), "rbnode")


def packet(skb, skip):
    """Address, and bytes that have not been taken yet."""
    return [hex_of(skb), max(0, int(skb.len) - skip)]


def segment(skb, sequence):
    """Of TCP: the bytes before `sequence` have been taken."""
    behind = (sequence - int(control(skb, "tcp_skb_cb").seq)) & 0xFFFFFFFF
    return packet(skb, 0 if behind & SIGN else behind)


def unread(queue, sequence):
    """A segment that has been read to its end may stay in the queue."""
    return [segment(skb, sequence) for skb in queue if is_ahead(int(control(skb, "tcp_skb_cb").end_seq), sequence)]


def is_ahead(end, sequence):
    distance = (end - sequence) & 0xFFFFFFFF
    return distance != 0 and not distance & SIGN


def unix_packet(skb, type_):
    own = control(skb, "unix_skb_parms")
    files = int(own.fp.count) if own.fp else 0
    return [*packet(skb, int(own.consumed) if type_ == SOCK_STREAM else 0), files]


def control(skb, name):
    return cast(f"struct {name} *", skb.cb.address_of_())

# Sockets: where each protocol keeps its own (drgn has no helpers for most of these tables), and those that only a
# descriptor leads to.

from drgn import offsetof
from drgn.helpers.linux.net import for_each_net

from oracle_socket import Sockets
from oracle_values import has

UNIX_SLOTS = 512
NETLINK_PROTOCOLS = 32


class Tables:
    """Yields (table, address of a struct sock_common) for each socket of each table."""

    def __init__(self, prog, attempts):
        self.prog = prog
        self.attempts = attempts
        self.node = offsetof(prog.type("struct sock_common"), "skc_node")
        self.nets = list(for_each_net(prog))

    def all(self):
        for name in ("tcp", "udp", "raw", "unix", "netlink", "packet"):
            for sock in self.attempts.value(f"{name} sockets", lambda: list(getattr(self, name)())) or []:
                yield name, sock

    def chain(self, at, node):
        """hlist, hlist_nulls and rhashtable alike: the end is NULL or an odd number."""
        while at and not at & 1:
            yield at - node
            at = self.prog.read_u64(at)

    def heads(self, first, count, stride):
        for slot in range(count):
            yield from self.chain(self.prog.read_u64(int(first) + slot * stride), self.node)

    def buckets(self, array, count, member):
        """An array of structures that hold the head of a chain each."""
        type_ = array.type_.type
        yield from self.heads(int(array) + offsetof(type_, member), count, type_.size)

    def tcp(self):
        for hashinfo in self.unique(lambda net: net.ipv4.tcp_death_row.hashinfo):
            if has(hashinfo, "listening_hash"):  # until commit cae3873c5b3a (5.19)
                listeners = hashinfo.listening_hash
                yield from self.buckets(listeners[0].address_of_(), listeners.type_.length, "nulls_head")
            else:
                yield from self.buckets(hashinfo.lhash2.read_(), int(hashinfo.lhash2_mask) + 1, "nulls_head")
            yield from self.buckets(hashinfo.ehash.read_(), int(hashinfo.ehash_mask) + 1, "chain")

    def udp(self):
        if has(self.nets[0].ipv4, "udp_table"):
            tables = self.unique(lambda net: net.ipv4.udp_table)
        else:
            tables = [self.prog["udp_table"].address_of_()]
        for table in tables + self.optional("udplite_table"):
            hash_ = table.hash.read_()
            yield from self.buckets(hash_, int(table.mask) + 1, "head")

    def raw(self):
        for name in ("raw_v4_hashinfo", "raw_v6_hashinfo"):
            for table in self.optional(name):
                yield from self.heads(table.ht.address_of_(), table.ht.type_.length, 8)
        for table in self.optional("ping_table"):
            yield from self.heads(table.hash.address_of_(), table.hash.type_.length, 8)

    def unix(self):
        if has(self.nets[0], "unx") and has(self.nets[0].unx, "table"):  # since commit cf2f225e2653 (6.0)
            for net in self.nets:
                yield from self.heads(net.unx.table.buckets, UNIX_SLOTS, 8)
        else:
            yield from self.heads(self.prog["unix_socket_table"].address_of_(), UNIX_SLOTS, 8)

    def netlink(self):
        node = offsetof(self.prog.type("struct netlink_sock"), "node")
        table = self.prog["nl_table"]
        for protocol in range(NETLINK_PROTOCOLS):
            buckets = table[protocol].hash.tbl.read_()
            for slot in range(int(buckets.size)):
                head = int(buckets.buckets.address_of_()) + slot * 8
                yield from self.chain(self.prog.read_u64(head) & ~1, node)  # bit 0 is a lock, and a lone 1 the end

    def packet(self):
        for net in self.nets:
            yield from self.heads(net.packet.sklist.address_of_(), 1, 8)

    def unique(self, read):
        return list({int(found): found for found in (read(net).read_() for net in self.nets) if found}.values())

    def optional(self, name):
        try:
            return [self.prog[name].address_of_()]
        except KeyError:
            return []


def socket_facts(prog, attempts, open_sockets):
    """`open_sockets`: addresses of those that descriptors refer to."""
    sockets = Sockets(prog, attempts)
    found = {}
    for table, address in Tables(prog, attempts).all():
        if address not in found:
            found[address] = attempts.value(f"socket {address:#x}", lambda: sockets.of(address, table))
    for address in open_sockets:
        if address not in found:
            found[address] = attempts.value(f"socket {address:#x}", lambda: sockets.of(address, None))
    return {hex(address): facts for address, facts in found.items()}

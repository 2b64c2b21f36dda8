# What stands behind a descriptor that is more than a file: pipes, eventfds, epoll instances, signalfds, timerfds.

from drgn import cast
from drgn.helpers.linux.rbtree import rbtree_inorder_for_each_entry

from oracle_values import hex_of

# By the name of the operations table that a struct file has.
KINDS = {
    "pipefifo_fops": "pipe",
    "pipeanon_fops": "pipe",
    "eventfd_fops": "eventfd",
    "eventpoll_fops": "epoll",
    "signalfd_fops": "signalfd",
    "timerfd_fops": "timerfd",
}


class Objects:
    def __init__(self, prog):
        self.prog = prog
        self.readers = {self.table(name): getattr(self, kind) for name, kind in KINDS.items()}
        self.found = {}

    def table(self, name):
        try:
            return int(self.prog[name].address_of_())
        except KeyError:
            return None

    def of(self, file):
        """Its address; null for a file of another kind."""
        read = self.readers.get(int(file.f_op))
        if read is None:
            return None
        address, facts = read(file)
        self.found.setdefault(address, facts)
        return address

    def pipe(self, file):
        pipe = file.f_inode.i_pipe.read_()
        size = int(pipe.ring_size)
        head, tail = int(pipe.head), int(pipe.tail)
        lengths = [int(pipe.bufs[i & size - 1].len) for i in range(tail, head)]
        return hex_of(pipe), {
            "kind": "pipe",
            "readers": int(pipe.readers),
            "writers": int(pipe.writers),
            "capacity": int(pipe.max_usage),
            "lengths": lengths,
        }

    def eventfd(self, file):
        own = cast("struct eventfd_ctx *", file.private_data)
        return hex_of(own), {"kind": "eventfd", "count": int(own.count), "semaphore": bool(int(own.flags) & 1)}

    def epoll(self, file):
        own = cast("struct eventpoll *", file.private_data)
        items = rbtree_inorder_for_each_entry("struct epitem", own.rbr.rb_root.address_of_(), "rbn")
        watches = [
            [int(item.ffd.fd), hex_of(item.ffd.file), int(item.event.events), hex(int(item.event.data))] for item in items
        ]
        return hex_of(own), {"kind": "epoll", "watches": watches}

    def signalfd(self, file):
        own = cast("struct signalfd_ctx *", file.private_data)
        # The kernel keeps the complement.
        return hex_of(own), {"kind": "signalfd", "mask": hex(~int(own.sigmask.sig[0]) & 0xFFFFFFFFFFFFFFFF)}

    def timerfd(self, file):
        own = cast("struct timerfd_ctx *", file.private_data)
        return hex_of(own), {
            "kind": "timerfd",
            "clock": int(own.clockid),
            "ticks": int(own.ticks),
            "interval": int(own.tintv),
        }

# Network devices of every namespace.

from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.net import for_each_net

from oracle_values import hex_of, text


def device_facts(prog):
    return {
        hex_of(device): {
            "namespace": int(net.ns.inum),
            "index": int(device.ifindex),
            "name": text(device.name),
            "type": int(device.type),
            "flags": int(device.flags),
            "mtu": int(device.mtu),
            "queue_length": int(device.tx_queue_len),
            "mac": prog.read(int(device.dev_addr), int(device.addr_len)).hex(":"),
            "group": int(device.group),
        }
        for net in for_each_net(prog)
        for device in list_for_each_entry("struct net_device", net.dev_base_head.address_of_(), "dev_list")
    }

// The network of a dead kernel, read when asked for: sockets with their owners, namespaces, and what they contain.

import type { Hex, Kva } from '../../base/address.js';
import type { FileDescriptor } from '../../snapshot/files.js';
import type { InterfaceAddress, NetDevice, NetProtocol, Route } from '../../snapshot/network.js';
import type { Socket, SocketOwner } from '../../snapshot/socket.js';
import type { Kernel } from '../kernel/kernel.js';
import { readDevices } from './devices.js';
import { readAddresses } from './interface-addresses.js';
import { type NetNamespace, netNamespaces } from './namespaces.js';
import { procNet, procNetFile } from './proc-net.js';
import { protocolsText, readProtocols } from './protocols.js';
import { routes4 } from './routes4.js';
import { routes6 } from './routes6.js';
import { sockOfInode } from './sock.js';
import { readSockets } from './sockets.js';

/** A process (or a thread with descriptors of its own) and what it has open. */
export interface DescriptorHolder {
  readonly pid: number;
  readonly comm: string;
  readonly files: readonly FileDescriptor[];
}

export class Network {
  private list: readonly Socket[] | undefined;
  private deviceList: readonly NetDevice[] | undefined;
  private addressList: readonly InterfaceAddress[] | undefined;
  private routeList: readonly Route[] | undefined;
  private byDescriptor: Map<Hex, SocketOwner[]> | undefined;

  constructor(
    private readonly kernel: Kernel,
    private readonly holders: () => readonly DescriptorHolder[],
  ) {}

  /** Every socket: of each table in the order of /proc/net, then those that only a descriptor leads to. */
  get sockets(): readonly Socket[] {
    this.list ??= readSockets(
      this.kernel,
      [...this.holderInodes().keys()].map((inode) => this.kernel.mem.fromHex(inode)),
    );
    return this.list;
  }

  /** Every network namespace, the initial one first. */
  get namespaces(): readonly NetNamespace[] {
    return this.kernel.faults.guard('network namespaces', () => netNamespaces(this.kernel), []);
  }

  /** Inode number of the namespace that the kernel booted with. */
  get initial(): number {
    return this.namespaces[0]?.inode ?? 0;
  }

  /** Devices of every namespace, in the order of their lists. */
  get devices(): readonly NetDevice[] {
    this.deviceList ??= this.kernel.faults.guard('network devices', () => readDevices(this.kernel), []);
    return this.deviceList;
  }

  /** Addresses of every device, IPv4 before IPv6. */
  get addresses(): readonly InterfaceAddress[] {
    this.addressList ??= this.kernel.faults.guard('addresses', () => readAddresses(this.kernel), []);
    return this.addressList;
  }

  /** Routes of every table of every namespace. */
  get routes(): readonly Route[] {
    const { faults } = this.kernel;
    this.routeList ??= this.namespaces.flatMap((namespace) => [
      ...faults.guard('IPv4 routes', () => routes4(this.kernel, namespace), []),
      ...faults.guard('IPv6 routes', () => routes6(this.kernel, namespace), []),
    ]);
    return this.routeList;
  }

  /** Reads all of it, so that every fault is met. */
  readAll(): void {
    void [this.sockets, this.devices, this.addresses, this.routes, this.protocols()];
  }

  /** Descriptors that refer to a socket; none of one that is the kernel's own, or waits to be accepted. */
  owners(socket: Socket): readonly SocketOwner[] {
    this.byDescriptor ??= this.readOwners();
    return this.byDescriptor.get(socket.address) ?? [];
  }

  /** Every protocol, with the number of its sockets in a namespace. */
  protocols(namespace = this.initial): readonly NetProtocol[] {
    const net = this.namespaces.find((each) => each.inode === namespace);
    if (net === undefined) return [];
    return this.kernel.faults.guard('protocols', () => readProtocols(this.kernel, net.address), []);
  }

  /** Lines of /proc/net/FILE in a namespace; undefined for a file that has no reader. */
  proc(file: string, namespace = this.initial): string[] | undefined {
    if (file === 'protocols') return protocolsText(this.protocols(namespace));
    const net = this.namespaces.find((each) => each.inode === namespace);
    const read = () => net && procNetFile(this.kernel, file, net);
    const lines = this.kernel.faults.guard(`/proc/net/${file}`, read, []);
    if (lines !== undefined) return lines;
    const sockets = this.sockets.filter((each) => each.namespace === namespace);
    return procNet(this.kernel, file, sockets);
  }

  private readOwners(): Map<Hex, SocketOwner[]> {
    const { mem, faults } = this.kernel;
    const found = new Map<Hex, SocketOwner[]>();
    for (const [inode, owners] of this.holderInodes()) {
      const at = mem.fromHex(inode) as Kva;
      const sock = faults.guard('socket of a descriptor', () => mem.hex(sockOfInode(this.kernel, at)), null);
      if (sock !== null) found.set(sock, owners);
    }
    return found;
  }

  private holderInodes(): Map<Hex, SocketOwner[]> {
    const found = new Map<Hex, SocketOwner[]>();
    for (const { pid, comm, files } of this.holders()) {
      for (const { fd, file } of files) {
        if (file.fsType !== 'sockfs' || file.inodeAddress === null) continue;
        const owners = found.get(file.inodeAddress) ?? [];
        found.set(file.inodeAddress, [...owners, { pid, comm, fd }]);
      }
    }
    return found;
  }
}

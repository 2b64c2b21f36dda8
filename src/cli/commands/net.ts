// `net`: sockets as ss lists them, with their owners; --verbose tells their TCP state and what their queues hold.

import { UsageError } from '../../base/error.js';
import type { Dump } from '../../parsers/dump.js';
import { PROC_NET_FILES } from '../../parsers/net/proc-net.js';
import { networkOf } from '../../parsers/parts/network.js';
import type { Socket } from '../../snapshot/socket.js';
import { netAddresses, netDevices, netRoutes } from '../network-parts.js';
import { socketLines } from '../render/socket.js';
import { type Column, table } from '../render/table.js';
import type { AnyResult, Result } from '../result.js';
import type { SocketRow } from '../schema.js';
import type { SectionContext, SectionRun } from '../section.js';
import { selectTasks } from '../select.js';
import { kindOf, localEnd, ownersText, remoteEnd, stateText } from '../socket-text.js';

const COLUMNS: readonly Column<SocketRow>[] = [
  { head: 'NETID', cell: kindOf },
  { head: 'STATE', cell: stateText },
  { head: 'RECV-Q', right: true, cell: ({ receiveBytes }) => receiveBytes },
  { head: 'SEND-Q', right: true, cell: ({ sendBytes }) => sendBytes },
  { head: 'LOCAL', cell: localEnd },
  { head: 'PEER', cell: remoteEnd },
  { head: 'PROCESS', cell: ownersText },
];

/** What is said instead of a process. */
const PARTS: Readonly<Record<string, (dump: Dump, namespace: number | undefined) => AnyResult>> = {
  devices: netDevices,
  addresses: netAddresses,
  routes: netRoutes,
};

export const net: SectionRun = (context) => {
  const { dump, options } = context;
  const namespace = namespaceOf(dump, options['netns']);
  if (typeof options['proc'] === 'string') return procFile(dump, options['proc'], namespace);
  const part = context.args.length === 1 ? PARTS[context.args[0] as string] : undefined;
  if (part !== undefined) return part(dump, namespace);
  const rows = select(context, namespace);
  return {
    schema: 'net',
    data: () => rows,
    text: function* (style) {
      const lines = [...table(COLUMNS, rows)];
      for (const [i, line] of lines.entries()) {
        yield i === 0 ? style.dim(line) : line;
        const row = rows[i - 1];
        if (options['verbose'] === true && row !== undefined) yield* socketLines(row, style);
      }
    },
  };
};

function procFile(dump: Dump, file: string, namespace: number | undefined): Result<'net-proc'> {
  const lines = networkOf(dump).proc(file, namespace);
  if (lines === undefined) {
    const known = [...PROC_NET_FILES, 'protocols'].join(' ');
    throw new UsageError(`no reader for /proc/net/${file}`, `There are: ${known}.`);
  }
  return { schema: 'net-proc', data: () => lines, text: (style) => lines.map(style.exact) };
}

function namespaceOf(dump: Dump, option: unknown): number | undefined {
  if (option === undefined) return undefined;
  const inode = Number(option);
  const known = networkOf(dump).namespaces.map((each) => each.inode);
  if (known.includes(inode)) return inode;
  throw new UsageError(`no network namespace ${String(option)}`, `There are: ${known.join(' ')}.`);
}

function select({ dump, args, options }: SectionContext, namespace: number | undefined): SocketRow[] {
  const pids = args.length === 0 ? undefined : new Set(selectTasks(dump, args).map((task) => task.pid));
  const kinds = kindFilters(options);
  return networkOf(dump)
    .sockets.map((socket) => ({ ...socket, owners: networkOf(dump).owners(socket) }))
    .filter((row) => namespace === undefined || row.namespace === namespace)
    .filter((row) => kinds.length === 0 || kinds.some((matches) => matches(row)))
    .filter((row) => options['listening'] !== true || row.state === 'listen')
    .filter(({ owners, family }) =>
      pids === undefined
        ? options['all'] === true || owners.length > 0 || family.startsWith('inet')
        : owners.some(({ pid }) => pids.has(pid)),
    );
}

function kindFilters(options: SectionContext['options']): ((socket: Socket) => boolean)[] {
  const filters: Readonly<Record<string, (socket: Socket) => boolean>> = {
    tcp: ({ tcp, form }) => tcp !== null || form !== 'full',
    udp: ({ protocolName }) => protocolName.startsWith('UDP'),
    unix: ({ family }) => family === 'unix',
    netlink: ({ family }) => family === 'netlink',
  };
  return Object.entries(filters).flatMap(([name, matches]) => (options[name] === true ? [matches] : []));
}

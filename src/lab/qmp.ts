// QEMU's machine protocol: one JSON object a line over a unix socket.

import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemError } from '../base/error.js';

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
}

export class Qmp {
  private rest = '';
  private readonly waiting: ((reply: Reply) => void)[] = [];

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.hear(chunk));
    socket.on('close', () => this.fail('connection closed'));
    socket.on('error', (error) => this.fail(error.message));
  }

  /** QEMU makes the socket some time after it starts: tries until `alive` says that it has ended. */
  static async connect(path: string, alive: () => boolean): Promise<Qmp> {
    for (;;) {
      const socket = await tryConnect(path);
      if (socket) {
        const qmp = new Qmp(socket);
        await qmp.execute('qmp_capabilities');
        return qmp;
      }
      if (!alive()) throw new SystemError('QEMU ended before it could be talked to');
      await sleep(50);
    }
  }

  execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new SystemError(`QEMU, ${command}: connection closed`));
      this.waiting.push((reply) => {
        if (reply.error) reject(new SystemError(`QEMU, ${command}: ${reply.error.desc}`));
        else resolve(reply.return);
      });
      this.socket.write(`${JSON.stringify({ execute: command, ...(args ? { arguments: args } : {}) })}\n`);
    });
  }

  /** A command of the human monitor, for what QMP has no words for. */
  async monitor(line: string): Promise<string> {
    const text = String(await this.execute('human-monitor-command', { 'command-line': line }));
    return text.replaceAll('\r', '');
  }

  close(): void {
    this.socket.destroy();
  }

  private hear(chunk: string): void {
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines.filter((one) => one.trim())) {
      const reply = JSON.parse(line) as Reply & { QMP?: unknown };
      if (reply.event === undefined && reply.QMP === undefined) this.waiting.shift()?.(reply);
    }
  }

  private fail(why: string): void {
    for (const answer of this.waiting.splice(0)) answer({ error: { desc: why } });
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

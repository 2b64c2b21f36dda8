// The host's end of the virtio-serial port: a unix socket that QEMU listens on.

import { createConnection, type Socket } from 'node:net';
import { SystemError } from '../base/error.js';
import { type Message, MessageReader } from './messages.js';

const RETRY_MILLISECONDS = 100;

export interface PortEvents {
  readonly onMessage: (message: Message) => void;
  /** Once; with an error where it did not end of itself. */
  readonly onClose: (error?: Error) => void;
}

/** Owns the socket. */
export class Port {
  private constructor(
    private readonly path: string,
    private readonly socket: Socket,
  ) {}

  /** Tries for as long as there is nothing to connect to, and `waitMilliseconds` at most. */
  static async connect(path: string, waitMilliseconds: number, signal?: AbortSignal): Promise<Port> {
    const deadline = Date.now() + waitMilliseconds;
    for (;;) {
      const { socket, error } = await open(path);
      if (error === null) return new Port(path, socket);
      if (Date.now() >= deadline || signal?.aborted) throw noPort(path, error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
    }
  }

  listen({ onMessage, onClose }: PortEvents): void {
    const reader = new MessageReader();
    let failure: Error | undefined;
    this.socket.on('data', (chunk: Buffer) => {
      if (failure) return;
      try {
        for (const message of reader.feed(chunk)) onMessage(message);
      } catch (error) {
        failure = error as Error;
        this.close();
      }
    });
    this.socket.on('error', (error) => {
      failure ??= new SystemError(`${this.path}: ${error.message}`);
    });
    this.socket.once('close', () => onClose(failure));
  }

  /** Resolves when the bytes have left this process. */
  send(...parts: readonly (string | Uint8Array)[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const told = (error?: Error | null) =>
        error ? reject(new SystemError(`${this.path}: ${error.message}`)) : resolve();
      parts.forEach((part, i) => {
        this.socket.write(part, i === parts.length - 1 ? told : undefined);
      });
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

function open(path: string): Promise<{ socket: Socket; error: NodeJS.ErrnoException | null }> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const refused = (error: NodeJS.ErrnoException) => resolve({ socket, error });
    socket.once('error', refused);
    socket.once('connect', () => {
      socket.removeListener('error', refused);
      resolve({ socket, error: null });
    });
  });
}

function noPort(path: string, { code, message }: NodeJS.ErrnoException): SystemError {
  const why =
    code === 'ENOENT' ? 'there is no such socket' : code === 'ECONNREFUSED' ? 'nobody listens' : message;
  return new SystemError(
    `${path}: ${why}`,
    'Start QEMU with -chardev socket,id=ow,path=…,server=on,wait=off -device virtio-serial-pci -device virtserialport,chardev=ow,name=otherworld.0',
  );
}

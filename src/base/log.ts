// The log: pino to stderr, silent until --log-level says otherwise, and not even loaded before.
import { createRequire } from 'node:module';
import type { Logger } from 'pino';

let logger: Logger | undefined;

export function setLogLevel(level: string): void {
  if (level === 'silent') {
    logger = undefined;
    return;
  }
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  logger = pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
}

/** The logger in use; undefined when logging is off, so that `log()?.debug(…)` costs nothing. */
export function log(): Logger | undefined {
  return logger;
}

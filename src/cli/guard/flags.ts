// The options of `ow guard`.
import { UsageError } from '../../base/error.js';

export interface GuardFlags {
  readonly ram: string;
  readonly socket: string;
  readonly select?: readonly string[];
  readonly output?: string;
  readonly once?: boolean;
  readonly connect: string;
  readonly silence: string;
  readonly digests: boolean;
  readonly json?: boolean;
}

export function seconds(text: string, flag: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new UsageError(`${flag} ${text}: not a number of seconds`);
  return value;
}

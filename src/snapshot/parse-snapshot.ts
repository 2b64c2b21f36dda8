// A snapshot that was written, read back; one of a version that this program does not know is refused.

import { InputError } from '../base/error.js';
import { SNAPSHOT_SCHEMA, type Snapshot } from './snapshot.js';

const ANY_VERSION = /^otherworld\/snapshot\/(\d+)$/;

/** `name`: of the file, for errors. */
export function parseSnapshot(text: string, name: string): Snapshot {
  const value = parse(text, name);
  const schema = typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema === SNAPSHOT_SCHEMA) return value as Snapshot;
  const version = ANY_VERSION.exec(String(schema))?.[1];
  if (version === undefined)
    throw new InputError(`${name} is no snapshot`, 'Make one: ow snapshot DUMP -o FILE');
  throw new InputError(
    `${name} is a snapshot of version ${version}; this program reads ${SNAPSHOT_SCHEMA}`,
    'Make it again with this program, or use the one that wrote it.',
  );
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${name} is no snapshot, or half of one: ${(error as Error).message}`);
  }
}

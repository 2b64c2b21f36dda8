// Plans of older versions of the format, brought up to date: one step for each version (docs/plan-format.md has the
// changelog). When the version is raised, the step from the version before it is added here, and a file of that version
// is kept among the tests' fixtures.
import { PlanFormatError, REBUILD } from './error.js';
import { FORMAT_VERSION } from './schema/container.js';
import { fromVersion1 } from './upgrade-1.js';

/** From the bytes of a plan of the version that is the key to those of the next version. */
export type Upgrader = (bytes: Uint8Array, name: string) => Uint8Array;

const UPGRADERS: ReadonlyMap<number, Upgrader> = new Map([[1, fromVersion1]]);

/** Offset of the version in the header, in every version. */
const VERSION_AT = 8;

/** What is no plan at all, or is too new, comes back as it is: it is refused later. */
export function upgraded(
  bytes: Uint8Array,
  name: string,
  steps = UPGRADERS,
  target = FORMAT_VERSION,
): Uint8Array {
  if (bytes.length < VERSION_AT + 4) return bytes;
  let current = bytes;
  for (let version = versionOf(bytes); version < target; version++) {
    const step = steps.get(version);
    if (step === undefined) {
      throw new PlanFormatError(
        `${name}: format version ${version} is too old, or none that there ever was`,
        REBUILD,
      );
    }
    current = step(current, name);
    if (versionOf(current) !== version + 1)
      throw new RangeError(`the upgrader of version ${version} did not raise it`);
  }
  return current;
}

function versionOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(VERSION_AT, true);
}

// Plans of older versions of the format, brought up to date: one step for each version (docs/plan-format.md has the
// changelog). When the version is raised, the step from the version before it is added here, and a file of that version
// is kept among the tests' fixtures.

/** From the bytes of a plan of the version that is the key to those of the next version. */
export type Upgrader = (bytes: Uint8Array, name: string) => Uint8Array;

export const UPGRADERS: ReadonlyMap<number, Upgrader> = new Map();

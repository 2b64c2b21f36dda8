// What the parts of a socket are planned with.

import type { Hex } from '../../../../base/address.js';
import type { ResourceName } from '../../resources.js';

/** planFile(). */
export type Open = (address: Hex) => number;
/** Adds a refusal that is about the socket. */
export type Refuse = (resource: ResourceName, why: string) => void;

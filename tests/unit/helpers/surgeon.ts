// Changes single members of a dead kernel's structures, in an overlay of its dump, to see what its readers make of it.

import type { Hex, Kva } from '../../../src/base/address.js';
import { type Dump, inspectMemory, type OpenOptions } from '../../../src/parsers/dump.js';
import type { Image } from '../../../src/parsers/image/image.js';
import { PhysicalMemory } from '../../../src/parsers/image/physical-memory.js';
import type { Task } from '../../../src/snapshot/task.js';
import { OverlayImage } from './overlay-image.js';

export class Surgeon {
  readonly overlay: OverlayImage;

  constructor(
    /** The same dump unharmed: it tells where things are. */
    readonly sound: Dump,
    image: Image = sound.image,
  ) {
    this.overlay = new OverlayImage(image);
  }

  /** The dump as it is after the changes. */
  open(options: OpenOptions): Dump {
    return inspectMemory(new PhysicalMemory(this.overlay), options);
  }

  task(comm: string): Task {
    const found = this.sound.tasks.find((task) => task.comm === comm && task.leader);
    if (found === undefined) throw new Error(`no process ${comm} in this dump`);
    return found;
  }

  symbol(name: string): bigint {
    const { mem } = this.sound.kernel;
    return mem.fold.toBig(this.sound.kernel.symbol(name));
  }

  /** Whether this kernel's structs have the member. */
  has(member: string): boolean {
    return this.sound.kernel.types.member(member) !== undefined;
  }

  /** Address of `struct.member` in the object at `object`. */
  at(object: Hex | bigint, member: string): bigint {
    return BigInt(object) + BigInt(this.member(member).offset);
  }

  get(object: Hex | bigint, member: string): bigint {
    return this.sound.kernel.mem.u64(this.kva(this.at(object, member)));
  }

  /** Writes as many bytes as the member has, at most eight. */
  set(object: Hex | bigint, member: string, value: bigint | number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    this.write(this.at(object, member), bytes.subarray(0, Math.min(8, this.member(member).size)));
  }

  word(address: bigint, value: bigint): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
    this.write(address, bytes);
  }

  /** Writes to kernel memory; may not cross a page that is not followed by the next. */
  write(address: bigint, bytes: Uint8Array): void {
    this.overlay.write(this.phys(address), bytes);
  }

  phys(address: bigint): number {
    return this.sound.kernel.mem.translate(this.kva(address));
  }

  private kva(address: bigint): Kva {
    return this.sound.kernel.mem.fold.fromBig(address);
  }

  private member(path: string) {
    const member = this.sound.kernel.types.member(path);
    if (member === undefined) throw new Error(`this kernel has no ${path}`);
    return member;
  }
}

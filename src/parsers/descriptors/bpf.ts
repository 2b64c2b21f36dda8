// BPF maps and programs by their descriptors: struct bpf_map and struct bpf_prog. Mirrors kernel/bpf/syscall.c.

import type { Kva } from '../../base/address.js';
import { Fault } from '../../base/fault.js';
import type { BpfMapDetail, BpfProgramDetail } from '../../snapshot/descriptor.js';
import { type Wide, wide } from '../../snapshot/number.js';
import type { Kernel } from '../kernel/kernel.js';
import { mapMemory, mapOwner, programStatistics } from './bpf-eras.js';
import { hex64, type Opened, privateData } from './open-object.js';

const MAP = {
  type: 'map_type',
  keySize: 'key_size',
  valueSize: 'value_size',
  maxEntries: 'max_entries',
  extra: 'map_extra?',
  flags: 'map_flags',
  id: 'id',
  frozen: 'frozen',
  name: 'name',
} as const;
const PROGRAM = { pages: 'pages', type: 'type', tag: 'tag', aux: 'aux' } as const;
const AUX = { id: 'id', name: 'name', verified: 'verified_insns?' } as const;
const STATISTICS = { runs: 'cnt', time: 'nsecs', misses: 'misses?' } as const;
const NAME_BYTES = 16;
const TAG_BYTES = 8;
const PAGE = 4096;

export function readBpfMap(opened: Opened): BpfMapDetail {
  const { kernel } = opened;
  const { mem } = kernel;
  const map = privateData(opened);
  const at = kernel.layout('bpf_map', MAP);
  return {
    kind: 'bpf-map',
    address: mem.hex(map),
    name: mem.cstr(map, at.name, NAME_BYTES),
    id: mem.u32(map, at.id),
    type: mem.u32(map, at.type),
    keySize: mem.u32(map, at.keySize),
    valueSize: mem.u32(map, at.valueSize),
    maxEntries: mem.u32(map, at.maxEntries),
    flags: mem.u32(map, at.flags),
    extra: at.extra === undefined ? null : hex64(mem.u64(map, at.extra)),
    frozen: mem.u8(map, at.frozen) !== 0,
    memory: kernel.faults.guard('memory', () => kernel.trait(mapMemory)(kernel, map), null),
    owner: kernel.faults.guard('owner', () => kernel.trait(mapOwner)(kernel, map), null),
  };
}

export function* bpfMapInfo({ kernel }: Opened, map: BpfMapDetail): Generator<string> {
  if (map.memory === null)
    kernel.faults.add(new Fault('unknown', `memory of BPF maps of type ${map.type} is not known`));
  yield `map_type:\t${map.type}`;
  yield `key_size:\t${map.keySize}`;
  yield `value_size:\t${map.valueSize}`;
  yield `max_entries:\t${map.maxEntries}`;
  yield `map_flags:\t0x${map.flags.toString(16)}`;
  if (map.extra !== null) yield `map_extra:\t${map.extra}`;
  if (map.memory !== null) yield `memlock:\t${map.memory}`;
  yield `map_id:\t${map.id}`;
  yield `frozen:\t${map.frozen ? 1 : 0}`;
  if (map.owner === null) return;
  yield `owner_prog_type:\t${map.owner.type}`;
  yield `owner_jited:\t${map.owner.jited ? 1 : 0}`;
}

export function readBpfProgram(opened: Opened): BpfProgramDetail {
  const { kernel } = opened;
  const { mem } = kernel;
  const program = privateData(opened);
  const at = kernel.layout('bpf_prog', PROGRAM);
  const aux = mem.ptr(program, at.aux);
  const of = kernel.layout('bpf_prog_aux', AUX);
  return {
    kind: 'bpf-prog',
    address: mem.hex(program),
    name: mem.cstr(aux, of.name, NAME_BYTES),
    id: mem.u32(aux, of.id),
    type: mem.u32(program, at.type),
    jited: flag(kernel, program, 'bpf_prog.jited'),
    tag: Buffer.from(mem.bytes(program, TAG_BYTES, at.tag)).toString('hex'),
    pages: mem.u16(program, at.pages),
    ...statistics(kernel, kernel.trait(programStatistics)(kernel, program)),
    verifiedInstructions: of.verified === undefined ? null : mem.u32(aux, of.verified),
  };
}

function flag(kernel: Kernel, object: Kva, path: string): boolean {
  const member = kernel.types.member(path);
  if (member === undefined || member.bits === null) return false;
  return ((kernel.mem.u8(object, member.offset) >>> member.bits.offset) & 1) === 1;
}

/** Summed over the CPUs. */
function statistics(kernel: Kernel, perCpu: bigint): Record<'runs' | 'runTime' | 'misses', Wide> {
  const { mem, cpus } = kernel;
  const at = kernel.layout('bpf_prog_stats', STATISTICS);
  const sum = (offset: number | undefined): Wide =>
    offset === undefined
      ? 0
      : wide(cpus.possible().reduce((all, cpu) => all + mem.u64(cpus.pointer(perCpu, cpu), offset), 0n));
  return { runs: sum(at.runs), runTime: sum(at.time), misses: sum(at.misses) };
}

export function* bpfProgramInfo({ kernel }: Opened, program: BpfProgramDetail): Generator<string> {
  yield `prog_type:\t${program.type}`;
  yield `prog_jited:\t${program.jited ? 1 : 0}`;
  yield `prog_tag:\t${program.tag}`;
  yield `memlock:\t${program.pages * PAGE}`;
  yield `prog_id:\t${program.id}`;
  yield `run_time_ns:\t${program.runTime}`;
  yield `run_cnt:\t${program.runs}`;
  if (kernel.layout('bpf_prog_stats', STATISTICS).misses !== undefined)
    yield `recursion_misses:\t${program.misses}`;
  if (program.verifiedInstructions !== null) yield `verified_insns:\t${program.verifiedInstructions}`;
}

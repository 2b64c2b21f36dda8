// Damage at random: tables are found or not, names come out or not, but nothing throws and nothing runs on.

import { expect, test } from 'vitest';
import { findKallsyms } from '../../../../src/parsers/symbols/kallsyms-shape.js';
import { KallsymsTable } from '../../../../src/parsers/symbols/kallsyms-table.js';
import { encodeKallsyms, type KallsymsEra } from '../../helpers/kallsyms-encoder.js';

const ERAS: KallsymsEra[] = ['5.10', '6.2', '6.4', '6.15', '7.0'];
const ROUNDS = 60;

/** Always the same numbers, so that a failure can be repeated. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test.each(ERAS)('kallsyms as of %s', (era) => {
  const symbols = Array.from({ length: 4500 }, (_, i) => ({
    name: `sys_name_${i}`,
    type: 't',
    address: -0x7f00_0000 + i * 16,
  }));
  const intact = encodeKallsyms(symbols, era, { phys: 0x100_0000, slide: -0x8000_0000 });
  const random = randomNumbers(era.length * 7919);
  for (let round = 0; round < ROUNDS; round++) {
    const data = intact.slice(random(4) * 4, round % 3 === 0 ? random(intact.length) : intact.length);
    for (let i = random(6); i > 0; i--) data[random(data.length)] = random(256);
    if (round % 4 === 0) data.fill(random(256), random(data.length), random(data.length));
    const stretch = { data, view: new DataView(data.buffer, data.byteOffset, data.length), phys: 0 };
    const shape = findKallsyms(stretch);
    if (!shape) continue;
    const table = new KallsymsTable(stretch, shape, -0x7f00_0000);
    expect([...table.all()]).toHaveLength(shape.count);
    table.address(`sys_name_${random(4500)}`);
    table.nearest((-0x7f00_0000 + random(70_000)) as never);
  }
});

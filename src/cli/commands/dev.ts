// `dev`: device numbers, as /proc/devices lists them; with --partitions, disks and their parts.
import { machineOf } from '../../parsers/parts/machine.js';
import { partitionLines } from '../../parsers/system/machine/partitions-text.js';
import type { DeviceMajor } from '../../snapshot/machine.js';
import { printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const dev: SectionRun = ({ dump, options }) => {
  const { devices } = machineOf(dump);
  return {
    schema: 'dev',
    data: () => devices,
    text: function* (style) {
      if (options['partitions'] === true) {
        for (const line of partitionLines(devices.partitions)) yield style.exact(printable(line));
        return;
      }
      yield style.exact('Character devices:');
      yield* devices.character.map(line);
      yield '';
      yield style.exact('Block devices:');
      yield* devices.block.map(line);
    },
  };
};

function line({ major, name }: DeviceMajor): string {
  return `${String(major).padStart(3)} ${printable(name)}`;
}

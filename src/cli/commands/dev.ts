// `dev`: device numbers, as /proc/devices lists them.
import { machineOf } from '../../parsers/parts/machine.js';
import type { DeviceMajor } from '../../snapshot/machine.js';
import { printable } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const dev: SectionRun = ({ dump }) => {
  const { devices } = machineOf(dump);
  return {
    schema: 'dev',
    data: () => devices,
    text: function* (style) {
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

// `kexec`: the memory reserved for a crash kernel, and the crash kernel that was loaded there.
import { machineOf } from '../../parsers/parts/machine.js';
import { systemOf } from '../../parsers/parts/system.js';
import { bytes } from '../render/units.js';
import type { SectionRun } from '../section.js';

interface Extent {
  readonly start: number;
  readonly end: number;
}

export const kexec: SectionRun = ({ dump }) => {
  const { crashReservations: reservations } = systemOf(dump);
  const { crashImage: image } = machineOf(dump);
  return {
    schema: 'kexec',
    data: () => ({ reservations, image }),
    text: function* () {
      if (reservations.length === 0) yield 'no memory was reserved for a crash kernel';
      for (const each of reservations) yield `reserved  ${extent(each)}  ${each.name}`;
      if (image === null) {
        yield 'no crash kernel was loaded';
        return;
      }
      yield `entry     0x${image.entry.toString(16)}, loaded by ${image.byFile ? 'kexec_file_load' : 'kexec_load'}`;
      for (const each of image.segments) yield `segment   ${extent(each)}`;
    },
  };
};

function extent({ start, end }: Extent): string {
  return `0x${start.toString(16)}-0x${end.toString(16)}  ${bytes(end - start)}`;
}

// `info`: how this dump was understood.
import { traitTable } from '../../parsers/traits.js';
import { table } from '../render/table.js';
import { bytes, plural } from '../render/units.js';
import type { SectionRun } from '../section.js';

export const info: SectionRun = ({ dump }) => {
  const { kernel, image } = dump;
  const { location } = kernel;
  const traits = traitTable(kernel);
  const held = image.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  return {
    schema: 'info',
    data: () => ({
      image: { path: image.path, format: image.format, bytes: held, ranges: image.ranges.length },
      kernel: { ...location, vmcoreinfo: Object.fromEntries(location.vmcoreinfo) },
      symbols: { origin: kernel.symbols.origin },
      types: { origin: kernel.types.origin },
      directMap: {
        start: kernel.mem.hex(kernel.mem.directMap.start),
        bytes: kernel.mem.directMap.bytes,
      },
      traits,
    }),
    text: function* (style) {
      const row = (name: string, text: string) => `${style.dim(name.padEnd(11))} ${text}`;
      yield row(
        'image',
        `${image.path}: ${image.format}, ${bytes(held)} in ${plural(image.ranges.length, 'range')}`,
      );
      yield row('kernel', location.banner);
      yield row('build id', location.buildId ?? 'not found');
      yield row('vmcoreinfo', location.vmcoreinfoFrom ?? 'not found');
      yield row('KASLR', `text moved by 0x${location.kaslrOffset.toString(16)}`);
      yield row(
        'phys_base',
        `${location.physBase < 0 ? '-' : ''}0x${Math.abs(location.physBase).toString(16)}`,
      );
      yield row(
        'direct map',
        `${kernel.mem.hex(kernel.mem.directMap.start)}, ${bytes(kernel.mem.directMap.bytes)}`,
      );
      yield row('paging', `${location.pagingLevels} levels`);
      yield row('symbols', kernel.symbols.origin);
      yield row('types', kernel.types.origin);
      for (const [i, line] of location.evidence.entries()) yield row(i === 0 ? 'evidence' : '', line);
      yield '';
      yield* table(
        [
          { head: 'TRAIT', cell: (trait) => trait.name },
          { head: 'ERA', cell: (trait) => trait.era },
          { head: 'SINCE', cell: (trait) => trait.since },
          { head: 'COMMIT', cell: (trait) => trait.commit ?? '-' },
          { head: 'EVIDENCE', cell: (trait) => trait.evidence },
        ],
        traits,
      );
    },
  };
};

// `dmesg`: the kernel log, as dmesg(1) prints it.
import { dmesgLines } from '../../parsers/system/dmesg-text.js';
import type { SectionRun } from '../section.js';

export const dmesg: SectionRun = ({ dump, options }) => ({
  schema: 'dmesg',
  data: () => dump.log,
  text: () => dmesgLines(dump.log, { raw: options['raw'] === true, decode: options['decode'] === true }),
});

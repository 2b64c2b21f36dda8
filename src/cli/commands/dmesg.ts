// `dmesg`: the kernel log, as dmesg(1) prints it.
import { logOf } from '../../parsers/parts/system.js';
import { dmesgLines } from '../../parsers/system/dmesg-text.js';
import type { SectionRun } from '../section.js';

export const dmesg: SectionRun = ({ dump, options }) => ({
  schema: 'dmesg',
  data: () => logOf(dump),
  text: () => dmesgLines(logOf(dump), { raw: options['raw'] === true, decode: options['decode'] === true }),
});

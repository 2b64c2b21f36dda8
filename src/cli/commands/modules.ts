// `modules`: what /proc/modules says.
import { modulesOf } from '../../parsers/parts/system.js';
import type { Module } from '../../snapshot/system.js';
import type { SectionRun } from '../section.js';

export const modules: SectionRun = ({ dump }) => ({
  schema: 'modules',
  data: () => modulesOf(dump),
  text: (style) => modulesOf(dump).map((module) => style.exact(procLine(module))),
});

/** The line of /proc/modules (m_show in kernel/module/procfs.c). */
export function procLine(module: Module): string {
  const users = module.usedBy.length > 0 ? `${module.usedBy.join(',')},` : '-';
  const taint = module.taint === '' ? '' : ` (${module.taint})`;
  return `${module.name} ${module.size} ${module.references} ${users} ${module.state} ${module.base}${taint}`;
}

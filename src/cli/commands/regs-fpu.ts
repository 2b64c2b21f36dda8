// Vector registers as text, for `regs --fpu`.
import type { FpuState } from '../../snapshot/thread.js';

const WIDTHS: Readonly<Record<number, string>> = { 32: 'xmm', 64: 'ymm', 128: 'zmm' };

export function* fpuLines(fpu: FpuState, row: (name: string, text: string) => string): Generator<string> {
  const parts = fpu.components.map(({ name, initial }) => (initial ? `${name} (initial)` : name));
  const source = fpu.source === 'fpstate' ? '' : `, ${fpu.source}`;
  yield row('fpu', `${fpu.format} at ${fpu.address}${source}: ${parts.join(', ')}`);
  if (fpu.inCpu) yield row('', 'the registers were still in the CPU; these are older');
  const { cwd, swd, twd, fop } = fpu.x87;
  const hex = (value: number) => value.toString(16);
  yield row('x87', `cwd ${hex(cwd)} swd ${hex(swd)} twd ${hex(twd)} fop ${hex(fop)}`);
  for (const [n, st] of fpu.x87.st.entries()) yield row(`st${n}`, `${st.slice(0, 4)} ${st.slice(4)}`);
  yield row('mxcsr', hex(fpu.mxcsr));
  for (const [n, vector] of fpu.vectors.entries()) {
    yield row(`${WIDTHS[vector.length] ?? 'v'}${n}`, vector.match(/.{1,16}/g)?.join(' ') ?? '');
  }
  for (const [n, mask] of fpu.opmask.entries()) yield row(`k${n}`, mask);
  if (fpu.pkru !== null) yield row('pkru', hex(fpu.pkru));
}

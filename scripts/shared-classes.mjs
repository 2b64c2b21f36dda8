// In V8 of Node.js 20 each object of a literal that begins with a spread and has more, `{ ...rest, more }`, gets a hidden
// class of its own: to make it takes ten times as long, and whatever reads such objects afterwards finds no two alike. A
// spread of nothing in front keeps it from that. Node.js 22 and later do without.
import { parse } from 'acorn';

const NOTHING = '...null,';

/** The same program, whose object literals share hidden classes. `sourceType`: `script` or `module`. */
export function withSharedClasses(program, sourceType) {
  const ast = parse(program, { ecmaVersion: 'latest', sourceType });
  let text = '';
  let done = 0;
  for (const at of [...leadingSpreads(ast)].sort((a, b) => a - b)) {
    text += program.slice(done, at) + NOTHING;
    done = at;
  }
  return text + program.slice(done);
}

function* leadingSpreads(node) {
  if (node.type === 'ObjectExpression') {
    const [first, second] = node.properties;
    if (first?.type === 'SpreadElement' && second !== undefined) yield first.start;
  }
  for (const part of Object.values(node).flat()) {
    if (typeof part?.type === 'string') yield* leadingSpreads(part);
  }
}

// How much of each object is as it was: fields that are equal, in it and in the records within it.

import type { Node } from '../diff/facts.js';

/** By name of the object; those that are not there any more have none. */
export function equalFacts(
  before: ReadonlyMap<string, Node>,
  after: ReadonlyMap<string, Node>,
): ReadonlyMap<string, number> {
  const counts = [...before].map(([name, node]) => [name, equalFields(node, after.get(name))] as const);
  return new Map(counts);
}

function equalFields(node: Node, other: Node | undefined): number {
  if (other === undefined) return 0;
  let count = 0;
  for (const [field, value] of node.fields) if (other.fields.get(field) === value) count++;
  for (const [field, list] of node.children) {
    const others = other.children.get(field);
    for (const [name, child] of list) count += equalFields(child, others?.get(name));
  }
  return count;
}

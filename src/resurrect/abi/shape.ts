// How V8 keeps records. Of a field in which it has seen numbers only, and one beyond 2^31 among them, it makes a box for each
// number that is put there, and another each time it is read by code that is not optimised; that is most of a short run.
// A field that has held anything else keeps references to numbers, which takes a third of the time.

const shapes: object[] = [];

/** All records with these fields in this order will keep references. Kept, so that V8 does not forget. */
export function keepReferences(shape: Readonly<Record<string, null>>): void {
  shapes.push(shape);
}

/** Every list of a decoded plan that is empty, of which there are ten thousand. */
export const NONE: never[] = Object.freeze([]) as unknown as never[];

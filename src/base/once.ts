// Something that is opened when it is first needed. A failure is remembered too: what cannot be opened is not tried
// again at every look-up.

export function once<T>(open: () => T): () => T {
  let result: { readonly value: T } | { readonly error: unknown } | undefined;
  return () => {
    if (result === undefined) {
      try {
        result = { value: open() };
      } catch (error) {
        result = { error };
      }
    }
    if ('error' in result) throw result.error;
    return result.value;
  };
}

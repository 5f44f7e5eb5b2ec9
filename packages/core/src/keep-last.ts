/**
 * Makes a function that remembers what it made last and makes it anew only for something else: for the columns that
 * rows next to each other mostly share. What it answers is shared, so it must not be changed.
 *
 * @example
 * const timeOf = keepLast((ms: number) => new Date(ms).toISOString());
 */
export function keepLast<Given extends string | number, Made>(
  make: (given: Given) => Made,
): (given: Given) => Made {
  let last: { readonly given: Given; readonly made: Made } | undefined;
  return (given) => {
    if (last === undefined || last.given !== given) last = { given, made: make(given) };
    return last.made;
  };
}

/** By whole segments: `foo` has `foo` and `foo/x` below it, not `foobar`. */
export const isBelow = (key: string, prefix: string) => prefix === '' || key === prefix || key.startsWith(`${prefix}/`)

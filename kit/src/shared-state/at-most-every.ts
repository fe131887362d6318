/** Calls `report` at once, then at most every `ms` milliseconds: what is said in between is dropped. */
export function atMostEvery<A extends unknown[]>(ms: number, report: (...args: A) => void): (...args: A) => void {
  let last = -Infinity
  return (...args) => {
    if (performance.now() - last < ms) return
    last = performance.now()
    report(...args)
  }
}

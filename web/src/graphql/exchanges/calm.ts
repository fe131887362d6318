import type { Exchange, OperationResult } from '@urql/core'
import { filter, makeSubject, merge, pipe } from 'wonka'

/**
 * Lets the first event through at once and those that follow closely in groups. The cache reads every list on view
 * again after each event; when a thousand files arrive, a group costs one such reading instead of one for each.
 */
export function calm(window = 250): Exchange {
  return ({ forward }) =>
    (operations) => {
      const released = makeSubject<OperationResult>()
      let held: OperationResult[] = []
      let timer: ReturnType<typeof setTimeout> | undefined

      function release(): void {
        const group = held
        held = []
        // A long group tells of a flood: the next one may be longer still.
        timer = group.length > 0 ? setTimeout(release, Math.min(window * 4, window + group.length * 10)) : undefined
        for (const result of group) released.next(result)
      }

      const results = pipe(
        forward(operations),
        filter((result) => {
          if (result.operation.kind !== 'subscription') return true
          held.push(result)
          if (timer === undefined) release()
          return false
        }),
      )
      return merge([results, released.source])
    }
}

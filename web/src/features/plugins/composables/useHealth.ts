import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { useLive } from '@/graphql/useLive.ts'
import { HealthChanged } from '../plugin-documents.ts'

/** As often as the vault itself asks its services. */
const EVERY = 30_000

/** Follows how services are: changes come at once, and what did not change is read again now and then for its time. */
export function useHealth(reload: () => void): void {
  const visibility = useDocumentVisibility()
  useLive(HealthChanged, () => ({}), {
    // One that is gone, or news that were missed.
    heard: (data) => !data.serviceHealthChanged.service && reload(),
    again: reload,
  })
  useIntervalFn(() => visibility.value === 'visible' && reload(), EVERY)
}

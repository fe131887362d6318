import { useClientHandle } from '@urql/vue'
import { watch } from 'vue'
import { useSession } from '@/features/session/session-store.ts'
import { graphql } from '@/graphql/graphql.ts'
import { useTheme, type Theme } from './useTheme.ts'

const KeepTheme = graphql(`
  mutation Shell_KeepTheme($input: UpdatePreferencesInput!) {
    updatePreferences(input: $input) {
      __typename
      ... on Error {
        code
        message
      }
    }
  }
`)

/** The theme goes with the person from device to device; what this device remembers is for the first paint alone. */
export function useThemeKept(): void {
  const session = useSession()
  const theme = useTheme()
  const { client } = useClientHandle()

  watch(
    () => session.wantedTheme,
    (wanted) => wanted && (theme.value = wanted.toLowerCase() as Theme),
    { immediate: true },
  )
  watch(theme, (now) => {
    const wanted = now.toUpperCase() as Uppercase<Theme>
    if (session.wantedTheme === null || session.wantedTheme === wanted) return
    session.wantedTheme = wanted
    // Best effort: the choice holds here in any case.
    void client.mutation(KeepTheme, { input: { theme: wanted } }).toPromise()
  })
}

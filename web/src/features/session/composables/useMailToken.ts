import { useRoute, useRouter } from 'vue-router'
import { mailToken } from '../lib/mail-token.ts'

/** The secret of the mail's link that led here; null without one. It leaves the address at once, and so the history. */
export function useMailToken(): string | null {
  const route = useRoute()
  const router = useRouter()
  const token = mailToken(route.hash)
  if (token) void router.replace({ query: route.query, hash: '' })
  return token
}

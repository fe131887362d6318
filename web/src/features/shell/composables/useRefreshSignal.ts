import { createEventHook } from '@vueuse/core'
import { onScopeDispose } from 'vue'

const hook = createEventHook<void>()

/** Told by the shell when live events may have been missed: what a page shows should be asked again. */
export function useRefreshSignal(refresh?: () => void) {
  if (refresh) {
    const { off } = hook.on(refresh)
    onScopeDispose(off)
  }
  return { fire: () => void hook.trigger() }
}

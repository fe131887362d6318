import { onScopeDispose, ref, watch } from 'vue'

/**
 * The bytes of a picture as an address of this page's own. They may come from an object store that the page may ask for
 * bytes, but not show pictures from.
 */
export function usePicture(url: () => string | null | undefined) {
  const source = ref<string | null>(null)
  const failed = ref(false)
  let abort: AbortController | null = null

  function forget(): void {
    abort?.abort()
    if (source.value) URL.revokeObjectURL(source.value)
    source.value = null
  }
  watch(
    url,
    async (address) => {
      forget()
      failed.value = false
      if (!address) return
      const mine = (abort = new AbortController())
      try {
        const answer = await fetch(address, { signal: mine.signal })
        if (!answer.ok) throw new Error(String(answer.status))
        const bytes = await answer.blob()
        if (!mine.signal.aborted) source.value = URL.createObjectURL(bytes)
      } catch {
        failed.value = !mine.signal.aborted
      }
    },
    { immediate: true },
  )
  onScopeDispose(forget)
  return { source, failed }
}

import { useIntervalFn } from '@vueuse/core'
import { computed, ref } from 'vue'

/** Counts down a server's "not before": says how long, and at what time, one may try again. */
export function useRetryAfter() {
  const until = ref(0)
  const now = ref(Date.now())
  const seconds = computed(() => Math.max(0, Math.ceil((until.value - now.value) / 1000)))
  const { pause, resume } = useIntervalFn(
    () => {
      now.value = Date.now()
      if (seconds.value === 0) pause()
    },
    500,
    { immediate: false },
  )
  // The sentence stays the same while it stands: it is read out once. The countdown belongs on the button.
  const text = ref('')
  const left = computed(() => (seconds.value < 90 ? `${seconds.value} s` : `${Math.ceil(seconds.value / 60)} min`))

  function start(after: number): void {
    now.value = Date.now()
    until.value = now.value + after * 1000
    const time = new Intl.DateTimeFormat(undefined, { timeStyle: after < 90 ? 'medium' : 'short' })
    text.value = `Too many attempts. You can try again at ${time.format(until.value)}.`
    resume()
  }
  return { seconds, left, text, start }
}

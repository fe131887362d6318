import { provide, ref } from 'vue'
import { proveAgainKey } from '@/graphql/useChange.ts'

/** Lets changes ask who is there. Several at once share one question. */
export function provideProveAgain() {
  const asking = ref(false)
  const waiting: ((proved: boolean) => void)[] = []

  provide(proveAgainKey, () => {
    asking.value = true
    return new Promise((resolve) => waiting.push(resolve))
  })

  function answer(proved: boolean): void {
    asking.value = false
    for (const resolve of waiting.splice(0)) resolve(proved)
  }
  return { asking, answer }
}

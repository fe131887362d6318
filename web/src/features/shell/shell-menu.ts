import type { InjectionKey, Ref } from 'vue'

/** Whether the side navigation is open as a drawer, on narrow screens. */
export const shellMenuKey: InjectionKey<Ref<boolean>> = Symbol('shell menu')

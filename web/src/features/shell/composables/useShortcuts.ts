import { useEventListener } from '@vueuse/core'

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

/** Single keys, away from fields, menus and dialogs. A handler that returns false leaves the key to others. */
export function useShortcuts(keys: Record<string, () => unknown>): void {
  useEventListener(window, 'keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
    if (document.querySelector('[role="dialog"], [role="menu"]')) return
    const handler = keys[event.key]
    if (handler && handler() !== false) event.preventDefault()
  })
}

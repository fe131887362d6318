import { ref } from 'vue'

export interface Toast {
  id: number
  text: string
  tone: 'calm' | 'trouble'
  action?: { label: string; run: () => void }
}

/** Long enough to read it and to change one's mind. */
const STAYS = 10_000
const toasts = ref<Toast[]>([])
let lastId = 0

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

/** Says what has happened, away from where it was asked for, with at most one thing to do about it. */
function toast(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
  const id = ++lastId
  toasts.value = [...toasts.value.slice(-2), { id, text, tone: 'calm', ...options }]
  setTimeout(() => dismiss(id), STAYS)
}

export const useToasts = () => ({ toasts, toast, dismiss })

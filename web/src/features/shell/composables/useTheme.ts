import { ref, watch } from 'vue'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'archivolt-theme'

function read(): Theme {
  try {
    const stored = localStorage.getItem(KEY)
    return stored === 'light' || stored === 'dark' ? stored : 'system'
  } catch {
    return 'system'
  }
}

const theme = ref<Theme>(read())

watch(theme, (value) => {
  // public/theme.js sets the same attribute before the first paint.
  if (value === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = value
  try {
    if (value === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, value)
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
})

export const useTheme = () => theme

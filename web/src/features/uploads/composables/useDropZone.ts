import { useEventListener } from '@vueuse/core'
import { ref } from 'vue'
import { droppedFiles } from '../lib/dropped-files.ts'

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

/** The whole window takes files. */
export function useDropZone(dropped: (files: File[]) => void) {
  const over = ref(false)
  // Enter and leave fire for every element crossed: only their balance tells whether the pointer is still inside.
  let depth = 0

  useEventListener(window, 'dragenter', (event) => {
    if (!carriesFiles(event)) return
    depth += 1
    over.value = true
  })
  useEventListener(window, 'dragleave', (event) => {
    if (!carriesFiles(event)) return
    depth = Math.max(0, depth - 1)
    if (depth === 0) over.value = false
  })
  useEventListener(window, 'dragover', (event) => {
    if (!carriesFiles(event)) return
    event.preventDefault()
    event.dataTransfer!.dropEffect = 'copy'
  })
  useEventListener(window, 'drop', async (event) => {
    depth = 0
    over.value = false
    if (!carriesFiles(event)) return
    event.preventDefault()
    const files = await droppedFiles(event.dataTransfer!)
    if (files.length > 0) dropped(files)
  })

  return { over }
}

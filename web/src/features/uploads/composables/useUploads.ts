import type { Client } from '@urql/core'
import { useEventListener } from '@vueuse/core'
import { computed, inject, provide, shallowRef, type InjectionKey, type ShallowRef, type ComputedRef } from 'vue'
import { uploadPorts } from '../lib/upload-ports.ts'
import { createUploadQueue, type UploadItem, type UploadQueue, type UploadSummary } from '../lib/upload-queue.ts'
import { UploadedDocument } from '../upload-documents.ts'

/** Often enough to look live, seldom enough that a thousand files leave the page time to breathe. */
const REDRAW = 100

export interface Uploads {
  queue: UploadQueue
  items: ShallowRef<UploadItem[]>
  summary: ComputedRef<UploadSummary>
  busy: ComputedRef<boolean>
  /** Asks about every document still processing: events may have been missed. */
  catchUp(): Promise<void>
}

const key: InjectionKey<Uploads> = Symbol('uploads')
export const uploadClientKey: InjectionKey<Client> = Symbol('upload client')

export function provideUploads(): Uploads {
  const client = inject(uploadClientKey)!
  const items = shallowRef<UploadItem[]>([])
  let timer: ReturnType<typeof setTimeout> | undefined

  const queue = createUploadQueue(uploadPorts(client), {
    changed() {
      timer ??= setTimeout(() => {
        timer = undefined
        items.value = queue.items()
      }, REDRAW)
    },
  })
  const summary = computed(() => (items.value, queue.summary()))
  const busy = computed(() => summary.value.waiting + summary.value.uploading > 0)

  async function catchUp(): Promise<void> {
    for (const { state, documentId } of queue.items()) {
      if (state !== 'processing' || !documentId) continue
      const { data } = await client.query(UploadedDocument, { id: documentId }).toPromise()
      if (data?.document) queue.documentChanged(data.document)
    }
  }

  useEventListener(window, 'beforeunload', (event) => busy.value && event.preventDefault())

  const uploads = { queue, items, summary, busy, catchUp }
  provide(key, uploads)
  return uploads
}

export const useUploads = (): Uploads => inject(key)!

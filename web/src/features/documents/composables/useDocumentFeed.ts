import { useClientHandle } from '@urql/vue'
import { inject, onScopeDispose, type InjectionKey } from 'vue'
import { onEnd, pipe, subscribe } from 'wonka'
import { graphql, type ResultOf } from '@/graphql/graphql.ts'
import type { Socket } from '@/graphql/socket.ts'
import { DocumentRow_Document } from '../components/DocumentRow.vue'

export const socketKey: InjectionKey<Socket> = Symbol('socket')

const DocumentChanged = graphql(
  `
    subscription Shell_DocumentChanged($id: ID) {
      documentChanged(id: $id) {
        id
        document {
          id
          ...DocumentRow_Document
        }
      }
    }
  `,
  [DocumentRow_Document],
)
type Changed = NonNullable<ResultOf<typeof DocumentChanged>['documentChanged']['document']>

const PAUSE = 2_000

/**
 * One subscription for all of the person's documents, for as long as the shell stands; the cache spreads what it says.
 * `missed` is called when events may have been lost, and what is shown should be asked again.
 */
export function useDocumentFeed(on: {
  changed: (document: Changed) => void
  gone: (id: string) => void
  missed: () => void
}) {
  const { client } = useClientHandle()
  const socket = inject(socketKey, null)
  let disposed = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let stop: () => void = () => {}

  function listen(): void {
    const source = client.subscription(DocumentChanged, { id: null })
    const subscription = pipe(
      source,
      onEnd(restart),
      subscribe(({ data, error }) => {
        const news = data?.documentChanged
        if (news?.document) on.changed(news.document)
        else if (news?.id) on.gone(news.id)
        else if (news) on.missed()
        // Partial trouble in one event says nothing about the next; a dead stream ends, which restarts it.
        else if (error?.networkError) restart()
      }),
    )
    stop = subscription.unsubscribe
  }

  /** The server ends a stream together with its token: a new one needs a new connection. */
  function restart(): void {
    clearTimeout(timer)
    if (disposed) return
    timer = setTimeout(() => {
      stop()
      // Taking one's leave ends the stream, too: that is no reason to begin anew once more.
      clearTimeout(timer)
      socket?.renew()
      listen()
      on.missed()
    }, PAUSE)
  }

  listen()
  const forget = socket?.onReconnect(on.missed)
  onScopeDispose(() => {
    disposed = true
    clearTimeout(timer)
    stop()
    forget?.()
  })
  return { live: () => socket?.live() ?? false }
}

import 'graphiql/setup-workers/vite'
import 'graphiql/style.css'
import './playground.css'
import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { createClient } from 'graphql-ws'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { access } from './access.ts'
import { mountTokenBar } from './token-bar.ts'

const WELCOME = `# The whole vault is one graph. Press Ctrl-Enter to run, Ctrl-Space for what may stand here.
query Me {
  me {
    name
    documents(first: 5) {
      totalCount
    }
  }
}
`

const bearer = (): Record<string, string> => (access.token ? { authorization: `Bearer ${access.token}` } : {})

// What the header editor says holds over the field.
let typed: Record<string, string> = {}
const wsClient = createClient({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
  connectionParams: () => ({ ...bearer(), ...typed }),
})

const fetcher: Fetcher = (params, options) => {
  typed = Object.fromEntries(
    Object.entries(options?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
  return createGraphiQLFetcher({ url: '/graphql', wsClient })(params, {
    ...options,
    headers: { ...bearer(), ...typed },
  })
}

mountTokenBar()
createRoot(document.querySelector('#playground')!).render(createElement(GraphiQL, { fetcher, initialQuery: WELCOME }))

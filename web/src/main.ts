import urql from '@urql/vue'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { socketKey } from './features/documents/composables/useDocumentFeed.ts'
import { useSession } from './features/session/session-store.ts'
import { uploadClientKey } from './features/uploads/composables/useUploads.ts'
import { createPlainClient, createVaultClient } from './graphql/client.ts'
import { createSocket } from './graphql/socket.ts'
import { createAppRouter } from './router.ts'
import './styles.css'

// A chunk of an older build is gone after an update: the page that asks for it is loaded anew.
window.addEventListener('vite:preloadError', () => location.reload())

const app = createApp(App)
app.use(createPinia())

const session = useSession()
const socket = createSocket(session.tokens())

app.use(urql, createVaultClient(session.tokens(), socket))
app.provide(socketKey, socket)
app.provide(uploadClientKey, createPlainClient(session.tokens()))
app.use(createAppRouter(session))
app.mount('#app')

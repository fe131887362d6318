import { randomUUID } from 'node:crypto'
import { createClient, type Client } from 'graphql-ws'
import { WebSocket } from 'ws'

/* The operations under test, as any client would send them. */
export const REGISTER = `mutation ($input: RegisterInput!) { register(input: $input) {
  __typename ... on RegisterSuccess { accessToken user { id email role } } ... on Error { code message } } }`
export const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  __typename ... on LoginSuccess { accessToken expiresAt user { id } } ... on TwoFactorRequired { challengeId } ... on Error { code message } } }`
export const REFRESH = `mutation { refreshSession { __typename ... on RefreshSessionSuccess { accessToken user { id } } ... on Error { code } } }`
export const LOGOUT = `mutation { logout { __typename ... on LogoutSuccess { signedOut } ... on Error { code } } }`
export const CREATE_UPLOAD = `mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
  __typename ... on CreateUploadSuccess { upload { id method url headers { name value } expiresAt partSize parts { number url } document { id status } } }
  ... on InvalidInputError { field } ... on Error { code message } } }`
export const COMPLETE_UPLOAD = `mutation ($input: CompleteUploadInput!) { completeUpload(input: $input) {
  __typename ... on CompleteUploadSuccess { document { id status } } ... on Error { code message } } }`
export const ABORT_UPLOAD = `mutation ($input: AbortUploadInput!) { abortUpload(input: $input) {
  __typename ... on AbortUploadSuccess { uploadId } ... on Error { code message } } }`
export const DOCUMENT = `query ($id: ID!) { document(id: $id) { id title status step failure owner { id name }
  file { size sha256 contentType download { url expiresAt } } suggestions { id topic } } }`
export const SEARCH = `query ($search: String, $first: Int, $after: String) { documents(first: $first, after: $after, search: $search) {
  totalCount edges { cursor node { id title snippet status file { size } } } pageInfo { hasNextPage endCursor } } }`
export const CHANGED = `subscription ($id: ID) { documentChanged(id: $id) {
  document { id status owner { name } file { size sha256 } suggestions { topic } } } }`

export interface Reply {
  status: number
  data?: Record<string, any>
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string } }[]
  setCookies: string[]
}

/** A person at the API of a vault: their token, their cookie, their socket. */
export class Person {
  token: string | undefined
  cookie: string | undefined
  userId = ''
  readonly url: string
  #socket: Client | undefined

  constructor(url: string) {
    this.url = url
  }

  async send(query: string, variables: object = {}, headers: Record<string, string> = {}): Promise<Reply> {
    const reply = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token && { authorization: `Bearer ${this.token}` }),
        ...(this.cookie && { cookie: this.cookie }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    })
    const setCookies = reply.headers.getSetCookie()
    const body = (await reply.json()) as Omit<Reply, 'status' | 'setCookies'>
    return { ...body, status: reply.status, setCookies }
  }

  /** The data of an operation that must not have errors. */
  async ask(query: string, variables: object = {}): Promise<Record<string, any>> {
    const reply = await this.send(query, variables)
    if (reply.errors || !reply.data) throw new Error(JSON.stringify(reply.errors ?? reply))
    return reply.data
  }

  async signIn(account: { email: string; password: string }): Promise<this> {
    const reply = await this.send(LOGIN, { input: account })
    this.#take(reply, reply.data?.login)
    return this
  }

  /** A new account with a name of its own. */
  async register(name = 'Someone'): Promise<this> {
    const input = { email: `${randomUUID()}@example.org`, password: 'A-long-enough-password-1', name }
    const reply = await this.send(REGISTER, { input })
    this.#take(reply, reply.data?.register)
    return this
  }

  #take(reply: Reply, session: { accessToken?: string; user?: { id: string } } | undefined): void {
    if (!session?.accessToken) throw new Error(JSON.stringify(reply))
    this.token = session.accessToken
    this.userId = session.user?.id ?? ''
    this.cookie = reply.setCookies[0]?.split(';')[0]
  }

  /** Announces a file without sending it. */
  async announce(filename: string, contentType: string, size: number, sha256?: string) {
    return (await this.ask(CREATE_UPLOAD, { input: { filename, contentType, size, sha256 } })).createUpload
  }

  put(url: string, bytes: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(new URL(url, this.url), { method: 'PUT', body: bytes, headers })
  }

  /** The whole way in. @returns the document's id */
  async upload(filename: string, contentType: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const { upload } = await this.announce(filename, contentType, bytes.length)
    const put = await this.put(
      upload.url,
      bytes,
      Object.fromEntries(upload.headers.map((header: { name: string; value: string }) => [header.name, header.value])),
    )
    if (!put.ok) throw new Error(`${put.status} ${await put.text()}`)
    const { completeUpload } = await this.ask(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })
    return completeUpload.document.id as string
  }

  get socket(): Client {
    this.#socket ??= createClient({
      url: `${this.url.replace(/^http/, 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: () => (this.token ? { authorization: `Bearer ${this.token}` } : {}),
      retryAttempts: 0,
    })
    return this.#socket
  }

  watch(query: string, variables: Record<string, unknown> = {}) {
    return this.socket.iterate<Record<string, any>>({ query, variables })
  }

  /** The document once it is READY or FAILED, as the subscription tells it. */
  async untilDone(id: string): Promise<Record<string, any>> {
    for await (const event of this.watch(CHANGED, { id })) {
      if (event.errors) throw new Error(JSON.stringify(event.errors))
      const document = event.data?.documentChanged.document
      if (document?.status === 'READY' || document?.status === 'FAILED') return document
    }
    throw new Error('the subscription ended')
  }

  async leave(): Promise<void> {
    await this.#socket?.dispose()
  }
}

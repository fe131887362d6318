import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ABORT_UPLOAD,
  CHANGED,
  COMPLETE_UPLOAD,
  CREATE_UPLOAD,
  DOCUMENT,
  LOGIN,
  LOGOUT,
  Person,
  REFRESH,
  REGISTER,
  SEARCH,
} from './src/api.ts'
import { startOpenAiEmulator } from '@archivolt/ai/testing/openai-emulator'
import { samples } from './src/fixtures.ts'
import { ADMIN, MODES, startVault, type RunningVault } from './src/vault-process.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
/** Sends 4 MiB in chunks without announcing a length. The door may hang up before its refusal is read. */
function sendWithoutLength(url: URL): Promise<number | 'hung up'> {
  return new Promise((resolve) => {
    const sending = request(url, { method: 'PUT' }, (reply) => resolve(reply.statusCode ?? 0))
    sending.on('error', () => resolve('hung up'))
    Readable.from(Array.from({ length: 4096 }, () => Buffer.alloc(1024))).pipe(sending)
  })
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.each(MODES)('a vault in %s', (mode) => {
  let vault: RunningVault
  let ada: Person
  let bob: Person
  let model: Awaited<ReturnType<typeof startOpenAiEmulator>>

  beforeAll(async () => {
    model = await startOpenAiEmulator({ key: 'sk-e2e', models: ['tiny'] })
    vault = await startVault(mode, {
      DEFAULT_AI_PROVIDER: 'openai',
      DEFAULT_AI_MODEL: 'tiny',
      OPENAI_API_KEY: 'sk-e2e',
      OPENAI_BASE_URL: model.url,
    })
    ada = await new Person(vault.url).register('Ada')
    bob = await new Person(vault.url).register('Bob')
  })

  afterAll(async () => {
    await ada?.leave()
    await bob?.leave()
    await vault?.stop()
    await model?.close()
  })

  test('says how it is', async () => {
    const health = (await (await fetch(`${vault.url}/health`)).json()) as { status: string; parts: object }
    expect(health.status).toBe('ok')
    expect(Object.keys(health.parts)).toEqual(expect.arrayContaining(['identity', 'documents', 'storage', 'ai']))
    expect((await fetch(`${vault.url}/health/live`)).status).toBe(200)
    expect((await fetch(`${vault.url}/.well-known/jwks.json`)).status).toBe(200)
  })

  test('lists its four services as plugins, healthy', async () => {
    const admin = await new Person(vault.url).signIn(ADMIN)
    const list = async () => {
      const { plugins } = await admin.ask(
        '{ plugins { totalCount edges { node { id name version builtIn health { state checkedAt } } } } }',
      )
      return plugins.edges.map(({ node }: { node: { health: { state: string } } }) => node) as {
        health: { state: string }
      }[]
    }
    const patience = { timeout: 45_000, interval: 500 }
    // A service that came up after the others had been asked is asked again half a minute later.
    await expect
      .poll(async () => (await list()).map(({ health }) => health.state), patience)
      .toEqual(Array(4).fill('OK'))
    expect(await list()).toMatchObject(
      ['ai', 'documents', 'identity', 'storage'].map((id) => ({ id, builtIn: true, health: { state: 'OK' } })),
    )
  }, 60_000)

  test('takes in every kind of file, reads it, finds it and gives it back byte for byte', async () => {
    const files = await samples()
    const ids = await Promise.all(files.map((file) => ada.upload(file.filename, file.contentType, file.bytes)))
    for (const [at, file] of files.entries()) {
      const id = ids[at] as string
      const seen = await ada.untilDone(id)
      expect(seen).toMatchObject({
        status: 'READY',
        owner: { name: 'Ada' },
        file: { size: file.bytes.length, sha256: sha256(file.bytes) },
        suggestions: [],
      })

      const { documents } = await ada.ask(SEARCH, { search: file.word })
      expect(
        documents.edges.map((edge: { node: { id: string } }) => edge.node.id),
        file.filename,
      ).toEqual([id])
      expect(documents.edges[0].node.snippet).toMatch(/<mark>.+<\/mark>/)

      const { document } = await ada.ask(DOCUMENT, { id })
      const download = await fetch(new URL(document.file.download.url, vault.url))
      expect(download.status).toBe(200)
      expect(Buffer.from(await download.arrayBuffer()).equals(file.bytes), file.filename).toBe(true)
    }
    expect((await ada.ask(SEARCH, { search: 'unseen' })).documents.totalCount, 'a script is not text').toBe(0)
  })

  test('answers ranges, conditions and HEAD, and lets nothing run', async () => {
    const bytes = bytesOf('0123456789')
    const id = await ada.upload('Größe "1".txt', 'text/plain', bytes)
    const { document } = await ada.ask(DOCUMENT, { id })
    const url = new URL(document.file.download.url, vault.url)
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } })
    expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, '234', 'bytes 2-4/10'])
    const tail = await fetch(url, { headers: { range: 'bytes=-3' } })
    expect(await tail.text()).toBe('789')
    const beyond = await fetch(url, { headers: { range: 'bytes=10-' } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10'])
    const etag = `"${sha256(bytes)}"`
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await fetch(url, { headers: { range: 'bytes=0-0', 'if-range': '"other"' } })).status).toBe(200)
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', ''])
    expect(head.headers.get('content-disposition')).toContain("filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.txt")
    expect(head.headers.get('x-content-type-options')).toBe('nosniff')
    expect(head.headers.get('content-security-policy')).toContain('sandbox')
  })

  test('proposes topics by an AI, and does well without it', async () => {
    const id = await ada.upload('insurance.txt', 'text/plain', bytesOf('Your car insurance for the coming year'))
    await ada.untilDone(id)
    const SUGGEST = `mutation ($input: SuggestTopicsInput!) { suggestTopics(input: $input) {
      __typename ... on SuggestTopicsSuccess { suggestions { topic state provider model } } ... on Error { code message } } }`
    const { suggestTopics } = await ada.ask(SUGGEST, { input: { documentId: id } })
    expect(suggestTopics.suggestions[0]).toMatchObject({ state: 'PROPOSED', provider: 'openai', model: 'tiny' })
    expect((await ada.ask(DOCUMENT, { id })).document.suggestions.length).toBe(suggestTopics.suggestions.length)

    const admin = await new Person(vault.url).signIn(ADMIN)
    const TEST =
      'mutation { testAiConnection { __typename ... on TestAiConnectionSuccess { model latencyMs } ... on Error { code } } }'
    expect((await admin.ask(TEST)).testAiConnection).toMatchObject({
      __typename: 'TestAiConnectionSuccess',
      model: 'tiny',
    })
    expect((await ada.send(TEST)).errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
    await model.gone()
    expect((await ada.ask(SUGGEST, { input: { documentId: id } })).suggestTopics).toMatchObject({
      __typename: 'AiFailedError',
      code: 'ai.unreachable',
    })
    expect((await ada.ask(DOCUMENT, { id })).document.title).toBe('insurance')
    await model.back()
  })

  test('pages through a list by cursor, each document once', async () => {
    const carl = await new Person(vault.url).register('Carl')
    const ids = []
    for (let number = 0; number < 5; number++)
      ids.push(await carl.upload(`page ${number}.txt`, 'text/plain', bytesOf(`common word ${number}`)))
    await Promise.all(ids.map((id) => carl.untilDone(id)))
    for (const search of [undefined, 'common']) {
      const seen: string[] = []
      let after: string | undefined
      do {
        const { documents } = await carl.ask(SEARCH, { search, first: 2, after })
        expect(documents.totalCount).toBe(5)
        seen.push(...documents.edges.map((edge: { node: { id: string } }) => edge.node.id))
        after = documents.pageInfo.hasNextPage ? documents.pageInfo.endCursor : undefined
      } while (after)
      expect(seen.toSorted()).toEqual(ids.toSorted())
    }
    await carl.leave()
  })

  test("keeps one person's documents from another by every path", async () => {
    const id = await ada.upload('secret diary.txt', 'text/plain', bytesOf('an unmistakable cryptogram'))
    await ada.untilDone(id)
    for (const stranger of [bob, await new Person(vault.url).signIn(ADMIN)]) {
      expect((await stranger.ask(DOCUMENT, { id })).document).toBeNull()
      expect((await stranger.ask(SEARCH, { search: 'cryptogram' })).documents.totalCount).toBe(0)
      expect((await stranger.send(COMPLETE_UPLOAD, { input: { uploadId: id } })).data?.completeUpload).toMatchObject({
        __typename: 'NotFoundError',
      })
      const suggest = await stranger.ask(
        'mutation ($input: SuggestTopicsInput!) { suggestTopics(input: $input) { __typename } }',
        { input: { documentId: id } },
      )
      expect(suggest.suggestTopics.__typename).toBe('NotFoundError')
      for await (const event of stranger.watch(CHANGED, { id })) {
        expect(event.data?.documentChanged.document).toBeNull()
        break
      }
      const entities = await stranger.send('query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', {
        r: [{ __typename: 'Document', id }],
      })
      expect(entities.errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED')
      await stranger.leave()
    }
    const ofAda = await bob.send('query ($id: ID!) { user(id: $id) { documents { totalCount } } }', { id: ada.userId })
    expect(ofAda.data?.user ?? null).toBeNull()
    const anonymous = await new Person(vault.url).send(DOCUMENT, { id })
    expect(anonymous.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
  })

  test('refuses bad uploads with a sentence each, and keeps nothing of them', async () => {
    const before = (await ada.ask(SEARCH, {})).documents.totalCount
    const refused: [string, string, number, string][] = [
      ['empty.txt', 'text/plain', 0, 'InvalidInputError'],
      [`${'n'.repeat(300)}.txt`, 'text/plain', 5, 'InvalidInputError'],
      ['../../etc/passwd', 'text/plain', 5, 'InvalidInputError'],
      ['C:\\Windows\\system.ini', 'text/plain', 5, 'InvalidInputError'],
      ['a\u0000b.txt', 'text/plain', 5, 'InvalidInputError'],
      ['gpj\u202Eexe', 'text/plain', 5, 'InvalidInputError'],
      ['program.exe', 'application/x-msdownload', 5, 'UnsupportedTypeError'],
      ['strange', 'not a type', 5, 'UnsupportedTypeError'],
      ['huge.txt', 'text/plain', 10 ** 14, 'UploadTooLargeError'],
    ]
    for (const [filename, contentType, size, type] of refused) {
      const answer = await ada.announce(filename, contentType, size)
      expect([filename, answer.__typename]).toEqual([filename, type])
      expect(answer.message).toMatch(/\.$|\)\.$/)
    }
    const negative = await ada.send(CREATE_UPLOAD, {
      input: { filename: 'a.txt', contentType: 'text/plain', size: -1 },
    })
    expect(negative.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
    expect((await ada.ask(SEARCH, {})).documents.totalCount).toBe(before)
  })

  test('refuses wrong bytes at the door and leaves nothing readable', async () => {
    const { upload } = await ada.announce('ten.txt', 'text/plain', 10)
    const codeOf = async (reply: Response) => [
      reply.status,
      ((await reply.json()) as { error: { code: string } }).error.code,
    ]
    expect(await codeOf(await ada.put(upload.url, 'far more than ten bytes'))).toEqual([413, 'storage.upload.too_long'])
    expect(await codeOf(await ada.put(upload.url, 'short'))).toEqual([422, 'storage.upload.mismatch'])
    expect(await sendWithoutLength(new URL(upload.url, vault.url)), 'a body of unknown length').toSatisfy(
      (status) => status === 413 || status === 'hung up',
    )
    expect(
      await codeOf(
        await ada.put(
          upload.url.replace(/.$/, (last: string) => (last === 'A' ? 'B' : 'A')),
          '0123456789',
        ),
      ),
    ).toEqual([403, 'storage.ticket_invalid'])
    expect((await fetch(new URL(upload.url, vault.url), { method: 'POST', body: '0123456789' })).status).toBe(405)
    expect((await fetch(new URL(upload.url, vault.url))).status).toBe(405)
    expect((await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })).completeUpload).toMatchObject({
      __typename: 'UploadIncompleteError',
    })

    expect((await ada.put(upload.url, '0123456789')).status, 'the same ticket still takes the right bytes').toBe(200)
    expect(await codeOf(await ada.put(upload.url, '9876543210'))).toEqual([409, 'storage.upload.used'])
    const first = (await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })).completeUpload.document.id
    const again = (await ada.ask(COMPLETE_UPLOAD, { input: { uploadId: upload.id } })).completeUpload.document.id
    expect(again).toBe(first)

    const wrongHash = await ada.announce('hash.txt', 'text/plain', 3, sha256(bytesOf('abd')))
    expect(await codeOf(await ada.put(wrongHash.upload.url, 'abc'))).toEqual([422, 'storage.upload.mismatch'])
  })

  test('gives an aborted upload up, ticket and document', async () => {
    const { upload } = await ada.announce('never.txt', 'text/plain', 4)
    expect((await ada.put(upload.url, 'abcd')).status).toBe(200)
    expect((await ada.ask(ABORT_UPLOAD, { input: { uploadId: upload.id } })).abortUpload.__typename).toBe(
      'AbortUploadSuccess',
    )
    expect((await ada.ask(ABORT_UPLOAD, { input: { uploadId: upload.id } })).abortUpload.__typename).toBe(
      'NotFoundError',
    )
    expect((await ada.put(upload.url, 'abcd')).status).toBe(410)
    expect((await ada.ask(DOCUMENT, { id: upload.document.id })).document).toBeNull()
  })

  test('keeps a file whose text cannot be read, and says why', async () => {
    const id = await ada.upload('broken.pdf', 'application/pdf', bytesOf('%PDF-1.4 and then nothing of the kind'))
    expect(await ada.untilDone(id)).toMatchObject({ status: 'FAILED', file: { size: 37 } })
    const { document } = await ada.ask(DOCUMENT, { id })
    expect(document).toMatchObject({ step: 'TEXT', failure: 'The PDF is damaged and cannot be read.' })
    expect((await ada.ask(SEARCH, { search: 'broken' })).documents.totalCount).toBe(1)
  })

  test('holds wrong passwords against an account, not right ones', async () => {
    const account = { email: `guessed-${mode.replace(' ', '-')}@example.org`, password: 'The-right-password-1' }
    await new Person(vault.url).send(REGISTER, { input: { ...account, name: 'Guessed' } })
    const attempt = (password: string) =>
      new Person(vault.url).send(LOGIN, { input: { email: account.email, password } })
    for (let at = 0; at < 12; at++) {
      expect((await attempt(account.password)).data?.login.__typename).toBe('LoginSuccess')
    }
    const wrong = await Promise.all(Array.from({ length: 30 }, () => attempt('wrong')))
    const types = wrong.map((reply) => reply.data?.login.__typename)
    expect(types.filter((type) => type === 'InvalidCredentialsError').length).toBeLessThanOrEqual(10)
    expect(types).toContain('RateLimitedError')
    const others = await new Person(vault.url).send(LOGIN, {
      input: { email: 'Someone.Else@example.org', password: 'wrong' },
    })
    expect(others.data?.login.__typename, 'others are not held up').toBe('InvalidCredentialsError')
  })

  test('signs in, refreshes once per cookie whatever the rush, and signs out at once', async () => {
    const wrong = await new Person(vault.url).send(LOGIN, { input: { email: ADMIN.email, password: 'wrong' } })
    const unknown = await new Person(vault.url).send(LOGIN, {
      input: { email: 'nobody@example.org', password: 'wrong' },
    })
    expect(wrong.data?.login).toEqual(unknown.data?.login)
    expect(wrong.data?.login).toMatchObject({ __typename: 'InvalidCredentialsError' })

    const reply = await new Person(vault.url).send(LOGIN, { input: ADMIN })
    expect(reply.setCookies[0]).toMatch(
      /^__Host-archivolt_refresh=[^;]+; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=2592000$/,
    )
    const dora = await new Person(vault.url).signIn(ADMIN)
    const refreshed = await Promise.all(Array.from({ length: 50 }, () => dora.send(REFRESH)))
    expect(refreshed.every((each) => each.data?.refreshSession.__typename === 'RefreshSessionSuccess')).toBe(true)
    expect(new Set(refreshed.map((each) => each.setCookies[0]?.split(';')[0])).size).toBe(1)
    dora.cookie = refreshed[0]?.setCookies[0]?.split(';')[0]

    const socketClosed = new Promise<number>((resolve) =>
      dora.socket.on('closed', (event) => resolve((event as { code: number }).code)),
    )
    const watching = dora.watch(CHANGED)
    void watching.next().catch(() => {})
    await new Promise((resolve) => dora.socket.on('connected', resolve))
    expect((await dora.ask(LOGOUT)).logout.__typename).toBe('LogoutSuccess')
    expect(await socketClosed).toBe(4403)
    expect((await dora.send('{ me { id } }')).status).toBe(401)
    dora.token = undefined
    expect((await dora.send(REFRESH)).data?.refreshSession.__typename).toBe('SessionEndedError')
  })
})

describe('services behind the gateway', () => {
  let vault: RunningVault

  beforeAll(async () => {
    vault = await startVault('five processes')
  })

  afterAll(() => vault?.stop())

  test('refuse whoever is not the gateway', async () => {
    const person = await new Person(vault.url).register()
    for (const url of Object.values(vault.services)) {
      for (const headers of [
        {},
        { authorization: `Bearer ${person.token}` },
        { 'x-archivolt-identity': person.token ?? '' },
      ]) {
        const reply = await fetch(`${url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: '{"query":"{ __typename }"}',
        })
        expect(reply.status).toBe(401)
      }
      expect(((await (await fetch(`${url}/health`)).json()) as { status: string }).status).toBe('ok')
      expect((await fetch(`${url}/plugin/manifest`)).status).toBe(200)
    }
    const internal = await fetch(`${vault.services.storage}/internal/blobs/00000000-0000-4000-8000-000000000000`)
    expect(internal.status).toBe(401)
  })

  test('a dead service makes the answer partial and the health degraded, and nothing else', async () => {
    const person = await new Person(vault.url).register()
    const id = await person.upload('still here.txt', 'text/plain', bytesOf('text'))
    await person.untilDone(id)
    vault.processes.get('ai')?.kill('SIGKILL')
    const reply = await person.send(DOCUMENT, { id })
    expect(reply.data?.document).toMatchObject({ title: 'still here', file: { size: 4 }, suggestions: null })
    expect(reply.errors?.[0]?.extensions?.code).toBe('UNAVAILABLE')
    expect(JSON.stringify(reply.errors)).not.toMatch(/127\.0\.0\.1|ECONN/)
    const without = await person.ask('query ($id: ID!) { document(id: $id) { title file { size } } }', { id })
    expect(without.document).toEqual({ title: 'still here', file: { size: 4 } })
    expect(((await (await fetch(`${vault.url}/health`)).json()) as { status: string }).status).toBe('degraded')
    const second = await person.upload('and in.txt', 'text/plain', bytesOf('nothing waits for the AI'))
    for await (const event of person.watch(
      'subscription ($id: ID) { documentChanged(id: $id) { document { status file { size } } } }',
      { id: second },
    )) {
      if (event.data?.documentChanged.document.status === 'READY') break
    }
    await person.leave()
  })
})

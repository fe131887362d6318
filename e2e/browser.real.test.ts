import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page, Response as PageResponse } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DOCUMENT, LOGOUT, Person, REFRESH, REGISTER } from './src/api.ts'
import {
  downloaded,
  openBrowser,
  openTab,
  readableState,
  signIn,
  untilHeading,
  type TabOptions,
} from './src/browser.ts'
import { pdf } from './src/fixtures.ts'
import { fetches, form, startForeignSite, type ForeignSite } from './src/foreign-site.ts'
import { hostileFiles, type HostileFile } from './src/hostile-files.ts'
import { ADMIN, startVault, type RunningVault } from './src/vault-process.ts'

/* The vault as people meet it: its own web client in a real browser. */

const REFRESH_COOKIE = '__Host-archivolt_refresh'
const DEVICE_COOKIE = '__Host-archivolt_device'

/** What is one address alone, with its main heading. */
const PAGES = [
  ['/shared', 'Shared with me'],
  ['/trash', 'Trash'],
  ['/categories', 'Categories'],
  ['/account', 'Account'],
  ['/account/security', 'Account'],
  ['/account/tokens', 'Account'],
  ['/account/connections', 'Account'],
  ['/admin/people', 'People'],
  ['/admin/groups', 'Groups'],
  ['/admin/plugins', 'Plugins'],
  ['/admin/limits', 'Document limits'],
  ['/admin/audit', 'Audit log'],
  ['/admin/storage', 'Storage'],
  ['/nowhere', 'Not found'],
] as const

let vault: RunningVault
let browser: Browser
let eve: ForeignSite

beforeAll(async () => {
  ;[vault, browser, eve] = await Promise.all([startVault('one process'), openBrowser(), startForeignSite()])
  await untilBuilt(vault)
}, 300_000)

afterAll(async () => {
  await browser?.close()
  await eve?.stop()
  await vault?.stop()
})

/** A tab of a new person, signed in. */
async function newPerson(options: TabOptions = {}) {
  const account = { email: `${randomUUID()}@example.org`, password: 'A-long-enough-password-1' }
  await new Person(vault.url).ask(REGISTER, { input: { ...account, name: 'Ada' } })
  const tab = await openTab(browser, options)
  await signIn(tab, vault.url, account)
  return { tab, page: tab.page, account, leave: () => tab.page.context().close() }
}

/** Chooses a file as a person does. */
async function choose(page: Page, name: string, mimeType: string, bytes: Uint8Array): Promise<void> {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Upload', exact: true }).click(),
  ])
  await chooser.setFiles({ name, mimeType, buffer: Buffer.from(bytes) })
}

describe('a person and their documents', () => {
  test('uploads a file, sees it become ready, finds it by a word, opens it and gets the same bytes back', async () => {
    const { page, tab, leave } = await newPerson()
    const bytes = pdf('The expedition found a quagga by the river.')
    await choose(page, 'expedition.pdf', 'application/pdf', bytes)
    const row = page.getByRole('row').filter({ hasText: 'expedition' })
    await row.getByText('Ready', { exact: true }).waitFor()

    const search = page.getByRole('searchbox', { name: 'Search documents' })
    await search.fill('walrus')
    await page.getByText('Nothing matches').waitFor()
    await search.fill('quagga')
    await row.getByRole('link', { name: 'expedition', exact: true }).click()
    await untilHeading(page, 'expedition')
    const download = await downloaded(page, () =>
      page.getByRole('button', { name: 'Download', exact: true }).first().click(),
    )
    expect(download.filename).toBe('expedition.pdf')
    expect(download.bytes.equals(bytes)).toBe(true)
    expect(tab.problems).toEqual([])
    await leave()
  })

  test('keeps no token where a script, a history or a log could find it', async () => {
    const { page, tab, leave } = await newPerson()
    const refreshed = page.waitForResponse(
      async (reply) => reply.request().postData()?.includes('refreshSession') === true,
    )
    await page.reload()
    expect(await (await refreshed).text(), 'this is how a token begins').toContain('"accessToken":"eyJ')
    await choose(page, 'diary.txt', 'text/plain', Buffer.from('Dear diary'))
    await page.getByRole('row').filter({ hasText: 'diary' }).getByText('Ready', { exact: true }).waitFor()

    const found = [await readableState(page), ...tab.console, ...tab.asked].join('\n')
    expect(found, 'it was looked at').toContain('diary')
    for (const secret of ['eyJ', 'avt_', REFRESH_COOKIE, 'A-long-enough-password'])
      expect(found.includes(secret), secret).toBe(false)
    for (const { value } of await page.context().cookies()) expect(found.includes(value)).toBe(false)
    await leave()
  })

  test('with five tabs that lost their token at once, stays signed in in all of them', async () => {
    // Web Locks are missing where the vault is reached by plain HTTP: then the server alone keeps the peace.
    for (const initScript of ['', "Object.defineProperty(navigator, 'locks', { value: undefined })"]) {
      const { tab, page, leave } = await newPerson({ initScript })
      const tabs = [tab]
      while (tabs.length < 5) tabs.push(await openTab(tab))
      const answers: string[] = []
      page.context().on('response', (reply) => {
        if (reply.request().postData()?.includes('refreshSession')) void reply.text().then((text) => answers.push(text))
      })
      for (const round of [1, 2]) {
        await Promise.all(tabs.map((each) => each.page.goto(`${vault.url}/account`)))
        await Promise.all(tabs.map((each) => untilHeading(each.page, 'Account')))
        await expect.poll(() => answers.length).toBe(round * tabs.length)
      }
      for (const answer of answers) expect(answer).toContain('RefreshSessionSuccess')
      await leave()
    }
  })
})

describe('a file made to attack', () => {
  test('runs nothing, however it is opened', async () => {
    const { page, account, leave } = await newPerson()
    const person = await new Person(vault.url).signIn(account)
    const context = page.context()
    const tabs: { file: HostileFile; url: string; tab: Page }[] = []
    for (const file of hostileFiles(eve.url)) {
      const id = await person.upload(file.filename, file.contentType, file.bytes)
      await person.untilDone(id)
      const { document } = await person.ask(DOCUMENT, { id })
      const url = new URL(document.file.download.url, vault.url).href

      const reply = await context.request.get(url)
      expect((await reply.body()).equals(file.bytes), file.filename).toBe(true)
      expect(reply.headers(), file.filename).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-disposition': `attachment; filename=${file.filename}`,
        'content-security-policy': "sandbox; default-src 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
      })

      const tab = await context.newPage()
      tabs.push({ file, url, tab })
      expect((await downloaded(tab, () => tab.goto(url).catch(() => {}))).filename).toBe(file.filename)
      // In a frame of the vault itself, and of a stranger's page.
      for (const framing of [`${vault.url}/account`, eve.url]) {
        await tab.goto(framing)
        await frame(tab, url)
      }

      // Whatever stands between may lose a header: the sandbox alone has to do.
      await lose(tab, url, ['content-disposition', 'x-frame-options'])
      await tab.goto(url).catch(() => {})
      expect(await tab.title(), file.filename).not.toBe('run')
      await tab.goto(`${vault.url}/account`)
      await frame(tab, url)
    }
    await page.goto(eve.url)
    await page.evaluate("fetch('/end')")
    expect(eve.beacons).toEqual(['/end'])

    // That the sandbox is why: without it they run.
    for (const { file, url, tab } of tabs.filter((each) => each.file.runs)) {
      eve.beacons.length = 0
      await lose(tab, url, ['content-disposition', 'content-security-policy'])
      await tab.goto(url)
      await expect.poll(() => eve.beacons, { message: file.filename }).toContain(`/${file.filename}`)
    }
    await person.leave()
    await leave()
  }, 180_000)

  test.each([
    ['a quote', 'He said "hi"; filename=evil.exe; x=.txt', /^He said .hi.; filename=evil\.exe; x=\.txt$/],
    ['255 bytes', `${'ü'.repeat(125)}a.txt`, /^ü{125}a\.txt$/],
    ['percent signs', "100%25 'sure' %2e%2e.txt", /^100%25 'sure' %2e%2e\.txt$/],
  ])('with %s in its name is saved under that name', async (_what, filename, expected) => {
    const { page, account, leave } = await newPerson()
    const person = await new Person(vault.url).signIn(account)
    const id = await person.upload(filename, 'text/plain', new TextEncoder().encode('text'))
    await person.leave()
    await page.goto(`${vault.url}/documents/${id}`)
    const button = page.getByRole('button', { name: 'Download', exact: true }).first()
    expect((await downloaded(page, () => button.click())).filename).toMatch(expected)
    await leave()
  })

  test.each([
    ['a line break', 'a\r\nSet-Cookie: x=y\r\n.txt'],
    ['a turned direction', 'invoice\u202Efdp.exe'],
    ['a folder', '../../etc/passwd'],
    ['256 bytes', `${'ü'.repeat(126)}.txt`],
  ])('with %s in its name is not taken in', async (_what, filename) => {
    const person = await new Person(vault.url).register()
    expect(await person.announce(filename, 'text/plain', 4)).toMatchObject({
      __typename: 'InvalidInputError',
      field: 'filename',
    })
  })
})

describe("a stranger's page", () => {
  test('gets nothing out of the cookies, which scripts cannot read', async () => {
    const { page, account, leave } = await newPerson()
    const context = page.context()
    for (const name of [REFRESH_COOKIE, DEVICE_COOKIE]) {
      const cookie = (await context.cookies()).find((each) => each.name === name)
      expect(cookie, name).toMatchObject({
        httpOnly: true,
        secure: true,
        sameSite: 'Strict',
        path: '/',
        domain: 'localhost',
      })
    }
    const login = await new Person(vault.url).send(
      'mutation ($input: LoginInput!) { login(input: $input) { __typename } }',
      { input: account },
    )
    for (const cookie of login.setCookies)
      expect(cookie).toMatch(
        /^__Host-archivolt_\w+=[\w-]+(\.[\w-]+)*; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=\d+$/,
      )
    expect(await page.evaluate('document.cookie')).toBe('')

    const before = await cookieValues(page)
    const answers: { url: string; status: number; cookie: boolean }[] = []
    context.on('response', (reply) => {
      // What the person's own page asks meanwhile is their own doing.
      if (new URL(reply.url()).pathname !== '/graphql' || isFrom(page, reply)) return
      answers.push({ url: reply.url(), status: reply.status(), cookie: 'set-cookie' in reply.headers() })
    })
    // Another site, to which no cookie goes; and another port of this host, which counts as the same site.
    for (const origin of [eve.url, eve.url.replace('127.0.0.1', 'localhost')]) {
      const foreign = await context.newPage()
      for (const operation of [REFRESH, LOGOUT, 'mutation { logoutEverywhere { __typename } }']) {
        await foreign.goto(origin)
        const told = await foreign.evaluate<string[]>(fetches(`${vault.url}/graphql`, operation))
        expect(told.filter((answer) => answer !== 'refused' && answer !== 'opaque')).toEqual([])
        for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
          await foreign.goto(origin)
          const arrived = foreign.waitForURL(`${vault.url}/graphql`)
          await foreign.evaluate(form(`${vault.url}/graphql`, operation, type))
          await arrived
        }
      }
      await foreign.close()
    }
    expect(answers.length).toBeGreaterThan(30)
    for (const answer of answers) {
      expect(answer.status, answer.url).toBeGreaterThanOrEqual(400)
      expect(answer.cookie).toBe(false)
    }
    expect(await cookieValues(page), 'no session was renewed').toEqual(before)
    await page.reload()
    await untilHeading(page, 'Documents')
    await leave()
  })

  test('links to the vault, and the person arrives signed in, though the link itself carried no cookie', async () => {
    const { page, leave } = await newPerson()
    await page.goto(eve.url)
    const arriving = page.waitForRequest((request) => request.url() === `${vault.url}/account`)
    await page.evaluate(
      `document.body.innerHTML = '<a href="${vault.url}/account">a vault</a>', document.querySelector('a').click()`,
    )
    expect(await (await arriving).headerValue('cookie')).toBeNull()
    await untilHeading(page, 'Account')
    await leave()
  })
})

describe.each([
  ['light', 'on a desk', { width: 1280, height: 800 }],
  ['dark', 'on a desk', { width: 1280, height: 800 }],
  ['light', 'on a phone', { width: 360, height: 740 }],
] as const)('the client in %s %s', (colorScheme, place, viewport) => {
  test('has no faults that a machine can find, and breaks no rule of its own', async () => {
    const tab = await openTab(browser, { colorScheme, viewport })
    const { page } = tab
    const faults: unknown[] = []
    const look = async (where: string) => {
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
        .analyze()
      for (const { id, nodes } of violations)
        faults.push(...nodes.map(({ html, failureSummary }) => ({ where, id, html, failureSummary })))
    }
    await page.goto(`${vault.url}/sign-in`)
    await untilHeading(page, 'Sign in')
    await look('sign in')
    await signIn(tab, vault.url, ADMIN)

    const title = `Minutes ${colorScheme} ${place}`
    await choose(page, `${title}.txt`, 'text/plain', Buffer.from(title))
    const row = page.getByRole('row').filter({ hasText: title })
    await row.getByText('Ready', { exact: true }).waitFor()
    await look('documents')
    await page.getByRole('button', { name: 'Close uploads' }).click()
    await row.getByRole('link', { name: title }).click()
    await untilHeading(page, title)
    await look('document')
    await page.getByRole('button', { name: 'Share', exact: true }).click()
    await page.getByRole('dialog').waitFor()
    await look('sharing')
    for (const [path, heading] of PAGES) {
      await page.goto(vault.url + path)
      await untilHeading(page, heading)
      await page.waitForLoadState('networkidle')
      await look(path)
    }
    expect(faults).toEqual([])
    expect(tab.problems).toEqual([])
    await page.context().close()
  }, 240_000)
})

/** Waits for the web client, which is built beside the start of the rest. */
async function untilBuilt({ output, processes }: RunningVault): Promise<void> {
  while (!output().includes('Archivolt is running')) {
    if ([...processes.values()].some(({ exitCode }) => exitCode !== null)) throw new Error(output())
    await sleep(100)
  }
}

/** Shows an address in a frame, and waits until the browser has made of it what it does. */
async function frame(page: Page, url: string): Promise<void> {
  await Promise.race([
    page.waitForEvent('download'),
    page.evaluate(`new Promise((resolve) => {
      document.body.append(
        Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(url)}, onload: resolve }),
      )
    }).then(() => undefined)`),
  ])
}

/** Has headers of an answer get lost on the way. */
async function lose(page: Page, url: string, headers: readonly string[]): Promise<void> {
  await page.unroute(url)
  await page.route(url, async (route) => {
    const reply = await route.fetch()
    const kept = Object.entries(reply.headers()).filter(([name]) => !headers.includes(name))
    await route.fulfill({ response: reply, headers: Object.fromEntries(kept) })
  })
}

async function cookieValues(page: Page): Promise<Record<string, string>> {
  return Object.fromEntries((await page.context().cookies()).map(({ name, value }) => [name, value]))
}

/** Whether a page asked for it. A navigation may have no frame yet: it is nobody's. */
function isFrom(page: Page, reply: PageResponse): boolean {
  try {
    return reply.request().frame().page() === page
  } catch {
    return false
  }
}

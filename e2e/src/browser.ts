import { readFile } from 'node:fs/promises'
import { chromium, type Browser, type Page } from 'playwright-core'
import { findProgram, needPrograms } from '../../scripts/real/debian.ts'

/** What a person waits for at most. Generous: the machines of CI are slow, and nothing waits longer than it must. */
const PATIENCE_MS = 30_000

/** Debian's Chromium with an empty profile, which talks to nobody but the pages that are opened. */
export async function openBrowser(): Promise<Browser> {
  needPrograms('The tests in a browser', ['chromium'], ['chromium'])
  return chromium.launch({
    executablePath: findProgram('chromium') as string,
    args: [
      // Its own sandbox needs user namespaces, which containers often lack; only pages of these tests are opened.
      '--no-sandbox',
      ...['--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      // A page whose answer a test has changed counts as one from the internet: it may call here all the same.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  })
}

export interface Tab {
  page: Page
  /** What its scripts have written to the console. */
  console: string[]
  /** Errors of its scripts, and what its content security policy has refused. */
  problems: string[]
  /** Every address it has asked for, those of its sockets included. */
  asked: string[]
}

export interface TabOptions {
  colorScheme?: 'light' | 'dark'
  viewport?: { width: number; height: number }
  /** Runs in each page before its own scripts. */
  initScript?: string
}

/** A new tab of a person, in a window of its own unless another tab is given. */
export async function openTab(where: Browser | Tab, { initScript, ...options }: TabOptions = {}): Promise<Tab> {
  const context =
    'page' in where ? where.page.context() : await where.newContext({ ...options, reducedMotion: 'reduce' })
  context.setDefaultTimeout(PATIENCE_MS)
  if (initScript) await context.addInitScript(initScript)
  const page = await context.newPage()
  const tab: Tab = { page, console: [], problems: [], asked: [] }
  page.on('console', (message) => {
    tab.console.push(message.text())
    if (message.type() === 'error') tab.problems.push(message.text())
  })
  page.on('pageerror', (error) => tab.problems.push(String(error)))
  page.on('request', (request) => tab.asked.push(request.url()))
  page.on('websocket', (socket) => tab.asked.push(socket.url()))
  return tab
}

/** Fills in the form and waits for the library. */
export async function signIn({ page }: Tab, url: string, account: { email: string; password: string }): Promise<void> {
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('Email').fill(account.email)
  await page.getByLabel('Password').fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await untilHeading(page, 'Documents')
}

/** Waits for the page with this main heading. */
export const untilHeading = (page: Page, name: string): Promise<void> =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor()

/** Starts a download and waits for its end. */
export async function downloaded(
  page: Page,
  start: () => Promise<unknown>,
): Promise<{ filename: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), start()])
  return { filename: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

/** Everything that a script of the page can read of what the browser keeps for it, as one text. */
export async function readableState(page: Page): Promise<string> {
  return page.evaluate<string>(`(async () => {
    const databases = []
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name)
        opening.onsuccess = () => resolve(opening.result)
        opening.onerror = () => reject(opening.error)
      })
      for (const store of database.objectStoreNames) {
        const rows = await new Promise((resolve, reject) => {
          const reading = database.transaction(store).objectStore(store).getAll()
          reading.onsuccess = () => resolve(reading.result)
          reading.onerror = () => reject(reading.error)
        })
        databases.push({ name, store, rows })
      }
    }
    const cached = []
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) {
        const reply = await cache.match(request)
        cached.push({ name, url: request.url, text: await reply.text() })
      }
    }
    const { length: workers } = await navigator.serviceWorker.getRegistrations()
    return JSON.stringify({
      local: { ...localStorage }, session: { ...sessionStorage }, databases, cached, workers, name: window.name,
      cookie: document.cookie, url: location.href, history: history.state, html: document.documentElement.outerHTML,
      resources: performance.getEntries().map((entry) => entry.name),
    })
  })()`)
}

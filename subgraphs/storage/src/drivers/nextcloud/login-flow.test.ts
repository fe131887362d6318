import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createNextcloudDriver } from './nextcloud.driver.ts'
import { startNextcloudEmulator, type NextcloudEmulator } from './nextcloud.emulator.ts'
import { beginLogin, pollLogin } from './login-flow.ts'

let emulator: NextcloudEmulator
beforeEach(async () => {
  emulator = await startNextcloudEmulator()
})
afterEach(() => emulator.close())

describe('the login flow', () => {
  it('ends with credentials that open the account, given out once', async () => {
    const { loginUrl, poll } = await beginLogin(`${emulator.origins.cloud}/index.php/`, { fetch })
    expect(loginUrl).toContain('/login/v2/flow/')
    expect(await pollLogin(poll, { fetch })).toBeNull()
    emulator.allowLogin()
    const login = await pollLogin(poll, { fetch })
    expect(login).toMatchObject({ username: emulator.user.login, appPassword: emulator.user.appPassword })
    await createNextcloudDriver(login as NonNullable<typeof login>, { fetch }).check()
    expect(await pollLogin(poll, { fetch })).toBeNull()
  })

  it('says that there is no Nextcloud', async () => {
    await expect(beginLogin(`${emulator.origins.cloud}/blog`, { fetch })).rejects.toMatchObject({
      message: expect.stringContaining('no Nextcloud'),
    })
    await expect(beginLogin('ftp://files', { fetch })).rejects.toMatchObject({ code: 'storage.unavailable' })
  })

  it('refuses an answer that is none', async () => {
    emulator.fail({ when: () => true, how: { answer: { status: 200, body: '<html>' } } })
    await expect(beginLogin(`${emulator.origins.cloud}`, { fetch })).rejects.toMatchObject({
      message: expect.stringContaining('cannot be read'),
    })
  })
})

import { flushPromises } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { mountWithClient } from '@/testing/mount-with-client.ts'
import TwoFactorPanel from './TwoFactorPanel.vue'

async function open() {
  let enabled = false
  const codes: string[] = []
  const server = fakeServer(({ query, variables }) => {
    const body = query.loc!.source.body
    if (body.includes('query')) {
      const twoFactor = { __typename: 'TwoFactor', enabled, enabledAt: null, backupCodesLeft: enabled ? 10 : 0 }
      return { me: { __typename: 'User', id: 'ada', twoFactor } }
    }
    if (body.includes('beginTotpSetup')) {
      const uri = 'otpauth://totp/Archivolt:ada?secret=ABCDEFGH'
      return { beginTotpSetup: { __typename: 'BeginTotpSetupSuccess', secret: 'ABCDEFGHIJ', uri } }
    }
    const { code } = (variables as { input: { code: string } }).input
    codes.push(code)
    if (code !== '123456') {
      return { confirmTotpSetup: { __typename: 'InvalidCodeError', code: 'x', message: 'The code is not right.' } }
    }
    enabled = true
    return { confirmTotpSetup: { __typename: 'ConfirmTotpSetupSuccess', backupCodes: ['one-1', 'two-2'] } }
  })
  const { wrapper } = mountWithClient(TwoFactorPanel, server.exchange)
  await flushPromises()
  await wrapper
    .findAll('button')
    .find((button) => button.text() === 'Set up')!
    .trigger('click')
  await flushPromises()
  const enter = async (code: string) => {
    await wrapper.find('[name="totp-code"]').setValue(code)
    await wrapper.find('form').trigger('submit')
    await flushPromises()
  }
  return { wrapper, codes, enter }
}

it('draws the secret as a picture and in groups of four, and turns on with a code', async () => {
  const { wrapper, codes, enter } = await open()
  expect(wrapper.find('svg[role="img"]').attributes('aria-label')).toBe('QR code for the authenticator app')
  expect(wrapper.find('code').text()).toBe('ABCD EFGH IJ')
  await enter('123 456')
  expect(codes).toEqual(['123456'])
  expect(wrapper.text()).toContain('one-1')
  expect(wrapper.text()).toContain('not shown')
  expect(wrapper.find('form').exists()).toBe(false)
})

it('stays where it is when the code is wrong', async () => {
  const { wrapper, enter } = await open()
  await enter('000000')
  expect(wrapper.find('[role="alert"]').text()).toBe('The code is not right.')
  expect(wrapper.find('[name="totp-code"]').exists()).toBe(true)
})

import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import SignInPage from './SignInPage.vue'

const GRANT = {
  accessToken: 'token',
  expiresAt: new Date(Date.now() + 600_000).toISOString(),
  user: { __typename: 'User', id: 'ada', name: 'Ada', email: 'ada@example.com', role: 'USER' },
}
const blank = { render: () => null }

let answers: Record<string, () => unknown>
let asked: { name: string; input: Record<string, string> }[]

beforeEach(() => {
  asked = []
  vi.stubGlobal('fetch', async (_url: string, { body }: { body: string }) => {
    const { operationName, variables } = JSON.parse(body) as {
      operationName: string
      variables: { input: Record<string, string> }
    }
    asked.push({ name: operationName, input: variables.input })
    const data = answers[operationName]?.() ?? { me: null }
    return new Response(JSON.stringify({ data }), { headers: { 'content-type': 'application/json' } })
  })
})
afterEach(() => vi.unstubAllGlobals())

async function open(next = '') {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/sign-in', component: blank },
      { path: '/register', name: 'register', component: blank },
      { path: '/forgot-password', name: 'forgot-password', component: blank },
      { path: '/:rest(.*)*', component: blank },
    ],
  })
  await router.push(`/sign-in${next}`)
  const page = mount(SignInPage, { global: { plugins: [createPinia(), router] } })
  const signIn = async () => {
    await page.find('[name="email"]').setValue('ada@example.com')
    await page.find('[name="password"]').setValue('a long sentence')
    await page.find('form').trigger('submit')
    await flushPromises()
  }
  return { page, router, signIn }
}
const challenge = () => ({ login: { __typename: 'TwoFactorRequired', challengeId: 'c1' } })
const refusal = (__typename: string, message: string) => ({ __typename, code: 'x', message })

it('asks for the code where the account has a second factor, and goes on to where the person was going', async () => {
  answers = {
    SignInForm_Login: challenge,
    TwoFactorForm_Verify: () => ({ verifyTwoFactor: { __typename: 'VerifyTwoFactorSuccess', ...GRANT } }),
  }
  const { page, router, signIn } = await open('?next=/documents/d1')
  await signIn()
  expect(page.text()).toContain('Six digits')
  await page.find('[name="code"]').setValue('123 456')
  await flushPromises()
  expect(asked.find(({ name }) => name === 'TwoFactorForm_Verify')!.input).toEqual({
    challengeId: 'c1',
    code: '123456',
  })
  expect(router.currentRoute.value.fullPath).toBe('/documents/d1')
})

it('takes a backup code, and sends it as a whole only when asked to', async () => {
  answers = {
    SignInForm_Login: challenge,
    TwoFactorForm_Verify: () => ({ verifyTwoFactor: refusal('InvalidCodeError', 'The code is not right.') }),
  }
  const { page, signIn } = await open()
  await signIn()
  await page
    .findAll('button')
    .find((button) => button.text() === 'Use a backup code')!
    .trigger('click')
  await page.find('[name="code"]').setValue('123456')
  await flushPromises()
  expect(asked.some(({ name }) => name === 'TwoFactorForm_Verify')).toBe(false)
  await page.find('form').trigger('submit')
  await flushPromises()
  expect(page.find('[role="alert"]').text()).toBe('The code is not right.')
})

it('begins anew when the second step came too late, and says why', async () => {
  answers = {
    SignInForm_Login: challenge,
    TwoFactorForm_Verify: () => ({ verifyTwoFactor: refusal('ChallengeExpiredError', 'Sign in again.') }),
  }
  const { page, signIn } = await open()
  await signIn()
  await page.find('[name="code"]').setValue('123456')
  await flushPromises()
  expect(page.find('[name="password"]').exists()).toBe(true)
  expect(page.text()).toContain('Sign in again.')
})

it('offers another mail where the address is not confirmed yet', async () => {
  answers = {
    SignInForm_Login: () => ({ login: refusal('EmailNotVerifiedError', 'Open the link in the mail first.') }),
    VerificationMail_Request: () => ({
      requestEmailVerification: { __typename: 'RequestEmailVerificationSuccess' },
    }),
  }
  const { page, signIn } = await open()
  await signIn()
  expect(page.text()).toContain('Open the link in the mail first.')
  await page
    .findAll('button')
    .find((button) => button.text() === 'Send the link again')!
    .trigger('click')
  await flushPromises()
  expect(asked.at(-1)).toEqual({ name: 'VerificationMail_Request', input: { email: 'ada@example.com' } })
  expect(page.find('[role="status"]').text()).toContain('ada@example.com')
})

import { Client } from '@urql/core'
import urql from '@urql/vue'
import { flushPromises, mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { fakeServer } from '@/testing/fake-server.ts'
import { graphql } from './graphql.ts'
import { proveAgainKey, useChange } from './useChange.ts'

const Begin = graphql(`
  mutation Test_Begin {
    beginTotpSetup {
      __typename
      ... on BeginTotpSetupSuccess {
        secret
      }
      ... on Error {
        code
        message
      }
    }
  }
`)
const REFUSED = { __typename: 'StepUpRequiredError', code: 'identity.step_up', message: 'Sign in again.' }
const DONE = { __typename: 'BeginTotpSetupSuccess', secret: 'ABC' }

async function change(answers: unknown[], prove: () => Promise<boolean>) {
  const server = fakeServer(() => ({ beginTotpSetup: answers.shift() }))
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server.exchange] })
  let use!: ReturnType<typeof useChange>
  const Probe = defineComponent({ setup: () => ((use = useChange()), () => h('div')) })
  mount(Probe, { global: { plugins: [[urql, client]], provide: { [proveAgainKey as symbol]: prove } } })
  const result = await use.send('beginTotpSetup', Begin, {})
  await flushPromises()
  return { result, problem: use.problem.value, pending: use.pending.value, asked: server.asked.length }
}

it('has the person prove who they are when the server asks, and then sends the same change again', async () => {
  const { result, problem, asked } = await change([REFUSED, DONE], async () => true)
  expect(result).toEqual(DONE)
  expect(problem).toBe('')
  expect(asked).toBe(2)
})

it('tells the refusal when they do not', async () => {
  const { result, problem, pending, asked } = await change([REFUSED], async () => false)
  expect({ result, problem, pending, asked }).toEqual({
    result: null,
    problem: 'Sign in again.',
    pending: false,
    asked: 1,
  })
})

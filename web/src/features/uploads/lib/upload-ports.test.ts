import { Client } from '@urql/core'
import { expect, it } from 'vitest'
import { fakeServer } from '@/testing/fake-server.ts'
import { uploadPorts } from './upload-ports.ts'

const refusedWith = (__typename: string) => {
  const refusal = { __typename, code: 'storage.refused', message: 'There is no room left for this file.' }
  const server = fakeServer(() => ({ createUpload: refusal }))
  const client = new Client({ url: '/graphql', preferGetMethod: false, exchanges: [server.exchange] })
  return uploadPorts(client).create(new File(['x'], 'a.txt'), null)
}

it('tells a full quota in the server’s own words, and offers to try again once there is room', async () => {
  await expect(refusedWith('QuotaExceededError')).rejects.toMatchObject({
    message: 'There is no room left for this file.',
    retry: 'again',
  })
})

it('does not offer to try a file again that the vault will never take', async () => {
  await expect(refusedWith('UnsupportedTypeError')).rejects.toMatchObject({ retry: 'never' })
})

import { describe, expect, it } from 'vitest'
import { blankValues, changedConfig, configOf, fieldAt, readableSettings, valuesOf } from './place-values.ts'

const bucket = [
  { name: 'forcePathStyle', value: 'true' },
  { name: 'bucket', value: 'vault' },
  { name: 'endpoint', value: 'https://s3.example.com' },
  { name: 'prefix', value: '' },
]

describe('what is typed about a place', () => {
  it('is sent as the member of its driver, without what was left empty', () => {
    expect(configOf('LOCAL', { root: ' /mnt/vault ' })).toEqual({ local: { root: '/mnt/vault' } })
    expect(configOf('S3', { ...blankValues('S3'), bucket: 'b' })).toEqual({ s3: { bucket: 'b' } })
  })

  it('keeps the spaces of a secret, and says yes or no as such', () => {
    const values = { ...blankValues('S3'), secretKey: ' key ', forcePathStyle: 'false' }
    expect(configOf('S3', values)).toEqual({ s3: { secretKey: ' key ', forcePathStyle: false } })
  })

  it('begins with what the place shows, and never with a secret', () => {
    const values = valuesOf('S3', [...bucket, { name: 'secretKey', value: 'leaked' }])
    expect(values).toMatchObject({ bucket: 'vault', forcePathStyle: 'true', secretKey: '', accessKey: '', region: '' })
  })

  it('is only sent where it differs', () => {
    const before = valuesOf('S3', bucket)
    expect(changedConfig('S3', before, before)).toBeNull()
    expect(changedConfig('S3', { ...before, bucket: 'vault ' }, before)).toEqual({ s3: { bucket: 'vault' } })
    expect(changedConfig('S3', { ...before, secretKey: 'new' }, before)).toEqual({ s3: { secretKey: 'new' } })
    expect(changedConfig('S3', { ...before, endpoint: '' }, before)).toBeNull()
  })
})

it('finds the field that the server objects to', () => {
  expect(fieldAt('S3', 'config.bucket')).toBe('bucket')
  expect(fieldAt('S3', 'input.config.s3.secretKey')).toBe('secretKey')
  expect(fieldAt('LOCAL', 'name')).toBe('name')
  expect(fieldAt('LOCAL', 'config.bucket')).toBeNull()
  expect(fieldAt('LOCAL', null)).toBeNull()
})

it('tells settings in the words and the order of the form, also those it does not know', () => {
  expect(readableSettings('S3', [{ name: 'speed', value: 'high' }, ...bucket])).toEqual([
    { label: 'Endpoint', value: 'https://s3.example.com' },
    { label: 'Bucket', value: 'vault' },
    { label: 'Bucket is part of the path', value: 'Yes' },
    { label: 'speed', value: 'high' },
  ])
  const folder = (value: string) => readableSettings('LOCAL', [{ name: 'root', value }])[0]!.value
  expect([folder('/mnt/a'), folder('D:\\a'), folder('a')]).toEqual(['/mnt/a', 'D:\\a', 'a, below the vault’s data'])
  expect(readableSettings('TAPE', [{ name: 'reel', value: '7' }])).toEqual([{ label: 'reel', value: '7' }])
})

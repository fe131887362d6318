import { describe, expect, it } from 'vitest'
import { parseAllowedNetworks } from './allowed-networks.ts'
import { checkOutboundUrl } from './check-url.ts'

const NAMES: Record<string, string[]> = {
  'files.example.org': ['93.184.216.34', '2606:4700::1'],
  'nas.lan': ['192.168.1.20'],
  'mixed.example.org': ['93.184.216.34', '::1'],
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'metadata.google.internal': ['93.184.216.34'],
  'metadata.google.internal.': ['93.184.216.34'],
}

const lookup = async (host: string) => {
  const addresses = NAMES[host]
  if (!addresses) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' })
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
}

const check = (text: string, allowed = '') => checkOutboundUrl(text, { allowed: parseAllowedNetworks(allowed), lookup })

const code = (code: string) => ({ code: `net.${code}` })

describe('an address to be saved', () => {
  it('is returned as URL understands it', async () => {
    expect((await check(' HTTPS://Files.Example.org:8443/dav/a b?x=1#top ')).href).toBe(
      'https://files.example.org:8443/dav/a%20b?x=1',
    )
  })

  it.each([
    '',
    'files.example.org',
    'ftp://files.example.org',
    'file:///etc/passwd',
    'gopher://x',
    'https://',
    'data:,x',
  ])('is a web address, unlike "%s"', (text) =>
    expect(check(text)).rejects.toMatchObject({ ...code('bad_url'), field: 'url' }),
  )

  it.each(['https://me@files.example.org', 'https://me:secret@files.example.org', 'https://:x@files.example.org'])(
    'holds no user or password, unlike %s',
    (text) => expect(check(text)).rejects.toMatchObject(code('bad_url')),
  )

  it.each(['0', '22', '25', '6379', '5432'])('is not at port %s', (port) =>
    expect(check(`https://files.example.org:${port}/`)).rejects.toMatchObject(code('bad_port')),
  )

  it('names a host that can be found', async () => {
    await expect(check('https://nowhere.example.org')).rejects.toMatchObject(code('host_not_found'))
  })

  it('is https on the internet', async () => {
    await expect(check('http://files.example.org')).rejects.toMatchObject(code('insecure_address'))
    await expect(check('http://8.8.8.8')).rejects.toMatchObject(code('insecure_address'))
  })

  it('may be http where all of its host lies in an opened network', async () => {
    expect((await check('http://nas.lan:5005/dav', '192.168.0.0/16')).href).toBe('http://nas.lan:5005/dav')
    expect((await check('https://nas.lan', '192.168.0.0/16')).protocol).toBe('https:')
    expect((await check('http://192.168.1.20', '192.168.0.0/16')).protocol).toBe('http:')
    await expect(check('http://mixed.example.org', '::1')).rejects.toMatchObject(code('insecure_address'))
  })

  it('may not lead inside, be it by one of its answers only', async () => {
    for (const host of ['nas.lan', 'localhost', 'localhost.', 'mixed.example.org'])
      await expect(check(`https://${host}`), host).rejects.toMatchObject(code('address_refused'))
  })

  it('is refused without telling what it resolves to', async () => {
    const error = (await check('https://nas.lan').catch((error: unknown) => error)) as Error
    expect(error.message).toContain('nas.lan')
    expect(error.message).toContain('ALLOWED_NETWORKS')
    expect(error.message + String(error.stack)).not.toContain('192.168')
    expect(error.cause).toBeUndefined()
  })
})

describe('a literal address', () => {
  it.each([
    ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '017700000001', '0x7f000001', '0x7f.1', '0177.0.0.1', '0177.1'],
    ...[
      '0x7F.0x0.0x0.0x1',
      '127.0.0.1.',
      '1２7.0.0.1',
      '１２７.０.０.１',
      '①②⑦.⓪.⓪.①',
      '127。0。0。1',
      '%31%32%37.0.0.1',
    ],
    ...[
      '0.0.0.0',
      '0',
      '0x0',
      '００.0.0.0',
      '[::]',
      '[::1]',
      '[0:0:0:0:0:0:0:1]',
      '[::127.0.0.1]',
      '[::ffff:127.0.0.1]',
    ],
    ...['[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:1]', '[64:ff9b::127.0.0.1]', '[2002:7f00:1::]', '[fd12::1]', '10.1'],
    ...['192.168.257', '0xa9fea9fe', '169.254.169.254', '[::ffff:a9fe:a9fe]', '[fd00:ec2::254]', '168.63.129.16'],
  ])('%s is refused', (host) => expect(check(`https://${host}/`)).rejects.toMatchObject(code('address_refused')))

  it.each(['[fe80::1%25eth0]', '256.1.1.1', '1.2.3.4.5', '0x1ffffffff', '[::1', '08.1.1.1'])(
    '%s is no address',
    (host) => expect(check(`https://${host}/`)).rejects.toMatchObject(code('bad_url')),
  )

  it.each([
    '0xa9fea9fe',
    '[::ffff:169.254.169.254]',
    '[fd00:ec2::254]',
    '0.0.0.0',
    'metadata.google.internal',
    'METADATA.google.internal.',
  ])('%s stays refused with everything opened', (host) =>
    expect(check(`https://${host}/`, '0.0.0.0/0 ::/0')).rejects.toMatchObject(code('address_refused')),
  )

  it('of the internet passes', async () => {
    expect((await check('https://[2606:4700::1]:8443/')).host).toBe('[2606:4700::1]:8443')
    expect((await check('https://134744072/')).host).toBe('8.8.8.8')
  })
})

import { describe, expect, it } from 'vitest'
import { judgeAddress } from './address-policy.ts'
import { parseAllowedNetworks } from './allowed-networks.ts'

const judge = (address: string, allowed = '') => judgeAddress(address, parseAllowedNetworks(allowed))
const EVERYTHING = '0.0.0.0/0, ::/0'

describe('without an allow-list', () => {
  it.each([
    '8.8.8.8',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '223.255.255.255',
  ])('%s is public', (address) => expect(judge(address)).toBe('public'))

  it.each(['2606:4700::1111', '2a00:1450::1', '::ffff:8.8.8.8', '::ffff:808:808', '64:ff9b::8.8.8.8'])(
    '%s is public',
    (address) => expect(judge(address)).toBe('public'),
  )

  it.each([
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1']],
    ['link-local', ['169.254.0.1', 'fe80::1', 'fe80::1%eth0', 'febf::1']],
    ['unique-local', ['fc00::1', 'fd12:3456::1']],
    ['site-local', ['fec0::1']],
    ['carrier-grade NAT', ['100.64.0.1', '100.127.255.255']],
    ['multicast', ['224.0.0.1', '239.255.255.255', 'ff02::1']],
    ['broadcast', ['255.255.255.255']],
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
    ['reserved', ['192.0.0.1', '240.0.0.1', '254.255.255.255', '192.88.99.1', '4000::1', '100::1', '5f00::1']],
    ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
    ['benchmarking', ['198.18.0.1', '198.19.255.255', '2001:2::1']],
    ['IPv4-mapped', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '0:0:0:0:0:ffff:c0a8:1']],
    ['IPv4-compatible', ['::127.0.0.1', '::7f00:1', '::8.8.8.8']],
    ['IPv4-translated', ['::ffff:0:127.0.0.1', '::ffff:0:8.8.8.8']],
    ['NAT64', ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::8.8.8.8']],
    ['6to4', ['2002:7f00:1::', '2002:808:808::1']],
    ['Teredo', ['2001:0:7f00:1::1', '2001::1']],
    [
      'metadata',
      ['169.254.169.254', '100.100.100.200', '192.0.0.192', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'],
    ],
    [
      'no address',
      ['', 'localhost', '127.1', '2130706433', '0x7f.0.0.1', '0177.0.0.1', '1.2.3.4.', '[::1]', '8.8.8.8/8'],
    ],
  ])('%s addresses are refused', (_what, addresses) => {
    for (const address of addresses) expect(judge(address), address).toBe('refused')
  })
})

describe('an allow-list', () => {
  it.each([
    ['192.168.1.0/24', '192.168.1.20', 'opened'],
    ['192.168.1.77/24', '192.168.1.20', 'opened'],
    ['192.168.1.0/24', '192.168.2.20', 'refused'],
    ['192.168.1.0/24', '::ffff:192.168.1.20', 'opened'],
    ['192.168.1.0/24', '64:ff9b::192.168.1.20', 'opened'],
    ['192.168.1.0/24', '2002:c0a8:114::', 'refused'],
    ['192.168.1.0/24', '8.8.8.8', 'public'],
    ['10.0.0.5', '10.0.0.5', 'opened'],
    ['10.0.0.5', '10.0.0.6', 'refused'],
    ['127.0.0.0/8', '127.0.0.1', 'opened'],
    ['127.0.0.0/8', '::1', 'refused'],
    ['127.0.0.0/8', '0.0.0.0', 'refused'],
    ['::1', '::1', 'opened'],
    ['fd12:3456::/32', 'fd12:3456::9', 'opened'],
    ['100.64.0.0/10', '100.100.7.7', 'opened'],
  ])('%s: %s is %s', (allowed, address, verdict) => expect(judge(address, allowed)).toBe(verdict))

  it.each([
    ...['169.254.169.254', '169.254.0.1', 'fe80::1', 'fe80::1%eth0', '100.100.100.200', '192.0.0.192', '168.63.129.16'],
    ...['fd00:ec2::254', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe', '::ffff:169.254.169.254', '64:ff9b::a9fe:a9fe'],
    ...['64:ff9b::168.63.129.16', '64:ff9b:1::a9fe:a9fe', '2002:a9fe:a9fe::1', '::169.254.169.254', '2001::1'],
    ...['0.0.0.0', '::', '224.0.0.1', 'ff02::1', '255.255.255.255'],
  ])('of everything does not open %s', (address) => expect(judge(address, EVERYTHING)).toBe('refused'))

  it('of everything opens private and loopback addresses', () => {
    for (const address of ['10.0.0.1', '127.0.0.1', '::1', 'fd12::1']) expect(judge(address, EVERYTHING)).toBe('opened')
  })
})

describe('the text of an allow-list', () => {
  it('is a list set apart by commas, spaces or lines', () => {
    expect(parseAllowedNetworks(' 10.0.0.0/8,192.168.0.0/16\n fd00::/8 ,, ::1')).toHaveLength(4)
    expect(parseAllowedNetworks('')).toEqual([])
  })

  it.each(['10.0.0.0/33', '10/8', '10.1/16', '010.0.0.0/8', 'nas.lan', '10.0.0.0/', 'fd00::/129', '*'])(
    'names %s as not usable',
    (text) => expect(() => parseAllowedNetworks(`192.168.0.0/16, ${text}`)).toThrow(`"${text}" is not a network`),
  )

  it.each(['169.254.169.254', '169.254.0.0/16', 'fe80::/64', 'fd00:ec2::254', '2002::/16', '::ffff:10.0.0.0/104'])(
    'says that %s is never opened',
    (text) => expect(() => parseAllowedNetworks(text)).toThrow(`"${text}" cannot be opened`),
  )
})

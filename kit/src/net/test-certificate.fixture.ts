import { generateKeyPairSync, sign } from 'node:crypto'

/** DER, as much of it as one certificate takes (X.690, RFC 5280, RFC 8410). */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts)
const set = (...parts: Uint8Array[]) => der(0x31, ...parts)
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
const integer = (value: number) => der(0x02, Buffer.from([value]))
const time = (text: string) => der(0x17, Buffer.from(text))

const ED25519 = sequence(oid('2b6570'))
const COMMON_NAME = '550403'
const SUBJECT_ALT_NAME = '551d11'

/** A key and a certificate signed by itself for `host`, made anew so that no key is kept in the repository. */
export function makeCertificate(host: string): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const name = sequence(set(sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(host)))))
  const alternatives = der(0x04, sequence(der(0x82, Buffer.from(host))))
  const content = sequence(
    der(0xa0, integer(2)),
    integer(1),
    ED25519,
    name,
    sequence(time('200101000000Z'), time('491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(oid(SUBJECT_ALT_NAME), alternatives))),
  )
  const signature = der(0x03, Buffer.from([0]), sign(null, content, privateKey))
  const body = sequence(content, ED25519, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${body.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

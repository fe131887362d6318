import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { RealS3 } from '../../scripts/real/s3.ts'
import type { RealWebdav } from '../../scripts/real/webdav.ts'

/** The peer: it copies, and then reads both sides again to compare them. */
export interface Rclone {
  /** Seconds. `checked` is the copy and the check together: what a migration promises too. */
  copy(from: string, to: string): Promise<{ copied: number; checked: number }>
}

/** rclone with the places `s3:` and `dav:`. */
export function rclone(servers: { s3?: RealS3; webdav?: RealWebdav }): Rclone {
  const env: Record<string, string | undefined> = {
    ...process.env,
    RCLONE_CONFIG: '/dev/null',
    AWS_CA_BUNDLE: undefined,
  }
  if (servers.s3) {
    const { endpoint, accessKey, secretKey } = servers.s3.config
    const own = {
      TYPE: 's3',
      PROVIDER: 'Ceph',
      ENDPOINT: endpoint,
      ACCESS_KEY_ID: accessKey,
      SECRET_ACCESS_KEY: secretKey,
    }
    for (const [name, value] of Object.entries(own)) env[`RCLONE_CONFIG_S3_${name}`] = value
  }
  if (servers.webdav) {
    const { url, username, password } = servers.webdav.config
    const obscured = execFileSync('rclone', ['obscure', password], { encoding: 'utf8', env }).trim()
    const own = { TYPE: 'webdav', URL: url, VENDOR: 'other', USER: username, PASS: obscured }
    for (const [name, value] of Object.entries(own)) env[`RCLONE_CONFIG_DAV_${name}`] = value
  }
  const run = async (...args: string[]): Promise<number> => {
    const began = performance.now()
    const child = spawn('rclone', args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let words = ''
    child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)))
    const [code] = (await once(child, 'close')) as [number]
    if (code !== 0) throw new Error(`rclone ${args.join(' ')}: ${words}`)
    return (performance.now() - began) / 1000
  }
  return {
    async copy(from, to) {
      const copied = await run('copy', '--checksum', '--transfers', '16', from, to)
      return { copied, checked: copied + (await run('check', '--download', '--checkers', '16', from, to)) }
    },
  }
}

import { execFileSync } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { needPrograms } from './debian.ts'
import { freePorts, scratchFolder, startDaemon, waitUntil, type Daemon } from './process.ts'

const ACCOUNT = { username: 'vault', password: 'vault-secret' }
const MODULES = '/usr/lib/apache2/modules'

export interface RealWebdav {
  config: { url: string; username: string; password: string }
  /** The folder it serves. */
  folder: string
  stop(): Promise<void>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same port and data, and waits until it answers. */
  restart(): Promise<void>
}

/** A real WebDAV server on a free port of loopback: Debian's Apache with mod_dav. @throws Error when it cannot be had */
export async function startRealWebdav(): Promise<RealWebdav> {
  needPrograms('A real WebDAV server', ['apache2', 'htpasswd'], ['apache2', 'apache2-utils'])
  const { folder, remove } = await scratchFolder('vault-dav')
  // Apache's workers are another user: every folder on the way must let them through.
  await chmod(folder, 0o755)
  for (const name of ['data', 'lock', 'tmp']) await mkdir(path.join(folder, name))
  execFileSync('chown', ['-R', 'www-data:', path.join(folder, 'data'), path.join(folder, 'lock')])
  execFileSync('htpasswd', ['-bc', path.join(folder, 'users'), ACCOUNT.username, ACCOUNT.password], { stdio: 'pipe' })
  const [port = 0] = await freePorts(1)
  await writeFile(path.join(folder, 'httpd.conf'), httpdConfig(folder, port))
  const url = `http://127.0.0.1:${port}/`
  return serve(
    'The WebDAV server (Apache)',
    () => startDaemon('apache2', ['-f', path.join(folder, 'httpd.conf'), '-DFOREGROUND'], { stopSignal: 'SIGTERM' }),
    { config: { url, ...ACCOUNT }, folder: path.join(folder, 'data'), remove },
  )
}

/** `rclone serve webdav`, which leaves a partial file where an upload was cut. @throws Error when it cannot be had */
export async function startRcloneWebdav(): Promise<RealWebdav> {
  needPrograms('A second WebDAV server', ['rclone'], ['rclone'])
  const { folder, remove } = await scratchFolder('vault-rclone')
  const [port = 0] = await freePorts(1)
  const account = ['--user', ACCOUNT.username, '--pass', ACCOUNT.password]
  const listen = ['--addr', `127.0.0.1:${port}`, '--config', '/dev/null']
  return serve(
    'The WebDAV server (rclone)',
    () => startDaemon('rclone', ['serve', 'webdav', folder, ...listen, ...account]),
    { config: { url: `http://127.0.0.1:${port}/`, ...ACCOUNT }, folder, remove },
  )
}

async function serve(
  what: string,
  start: () => Daemon,
  { config, folder, remove }: Pick<RealWebdav, 'config' | 'folder'> & { remove(): Promise<void> },
): Promise<RealWebdav> {
  let server: Daemon
  const answering = async () => {
    server = start()
    await waitUntil(what, server, async () => (await fetch(config.url, { method: 'OPTIONS' })).status < 500, 20)
  }
  const stop = async () => {
    await server.stop()
    await remove()
  }
  try {
    await answering()
    return { config, folder, stop, kill: () => server.kill(), restart: answering }
  } catch (error) {
    await stop()
    throw error
  }
}

const MODULE_NAMES = [
  ...[
    'mpm_event',
    'authn_core',
    'authn_file',
    'authn_socache',
    'socache_shmcb',
    'auth_basic',
    'authz_core',
    'authz_user',
  ],
  ...['mime', 'dav', 'dav_fs'],
]

function httpdConfig(folder: string, port: number): string {
  return `
ServerRoot "/usr/lib/apache2"
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/httpd.pid
ErrorLog ${folder}/error.log
DefaultRuntimeDir ${folder}/tmp
${MODULE_NAMES.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
TypesConfig /etc/mime.types
User www-data
Group www-data
AllowEncodedSlashes NoDecode
LimitRequestBody 0
LimitXMLRequestBody 0
KeepAlive On
MaxKeepAliveRequests 0
DAVLockDB ${folder}/lock/DAVLock
DocumentRoot ${folder}/data
AuthnCacheEnable
AuthnCacheSOCache shmcb
<Directory ${folder}/data>
  DAV On
  AllowOverride None
  Options -Indexes
  AuthType Basic
  AuthName vault
  AuthBasicProvider socache file
  AuthnCacheProvideFor file
  AuthUserFile ${folder}/users
  Require valid-user
</Directory>
`
}

import { execFileSync } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { cephConfig } from './ceph-config.ts'
import { needPrograms } from './debian.ts'
import { freePorts, scratchFolder, startDaemon, waitUntil, type Daemon } from './process.ts'

const OWNER = { accessKey: 'vaultkey', secretKey: 'vaultsecret' }
const READER = { accessKey: 'readerkey', secretKey: 'readersecret' }
const STRANGER = { accessKey: 'strangerkey', secretKey: 'strangersecret' }

export interface RealS3 {
  config: { endpoint: string; region: string; bucket: string; accessKey: string; secretKey: string }
  /** May read the bucket and not write it. */
  reader: typeof OWNER
  /** A user of the same server to whom the bucket is closed. */
  stranger: typeof OWNER
  createBucket(name: string): Promise<void>
  stop(): Promise<void>
  /** Ends the server that answers, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again on the same port and data, and waits until it answers. */
  restart(): Promise<void>
}

/**
 * A real S3 server on a free port of loopback, with one empty bucket: Debian's Ceph radosgw with one monitor and one
 * store on this disk. Takes about 10 s. @throws Error when the server cannot be had
 */
export async function startRealS3(): Promise<RealS3> {
  needPrograms(
    'A real S3 server',
    ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd', 'ceph', 'monmaptool', 'ceph-authtool'],
    ['radosgw', 'ceph-mon', 'ceph-osd', 'ceph-common'],
  )
  const { folder, remove } = await scratchFolder('vault-s3')
  const daemons: Daemon[] = []
  const stop = async () => {
    for (const daemon of daemons.splice(0).reverse()) await daemon.stop()
    await remove()
  }
  try {
    const [port = 0, monitorPort = 0] = await freePorts(2)
    const endpoint = `http://127.0.0.1:${port}`
    const conf = await prepare(folder, port, monitorPort)
    const env = { CEPH_CONF: conf.file }
    const run = (program: string, ...args: string[]) =>
      execFileSync(program, args, { env: { ...process.env, ...env }, encoding: 'utf8', stdio: 'pipe', timeout: 60_000 })

    makeMonitor(run, folder, conf.fsid, monitorPort)
    const monitor = startDaemon('ceph-mon', ['-f', '-i', 'a'], { env })
    daemons.push(monitor)
    const store = randomUUID()
    run('ceph', 'osd', 'new', store, '0')
    run('ceph', 'auth', 'add', 'osd.0', '-i', `${folder}/keyring`)
    run('ceph', 'auth', 'import', '-i', `${folder}/keyring`)
    run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', store)
    const osd = startDaemon('ceph-osd', ['-f', '-i', '0'], { env })
    daemons.push(osd)
    await waitUntil('The store of the S3 server', osd, async () => run('ceph', 'osd', 'stat').includes('1 up'))

    const answering = async () => {
      const gateway = startDaemon('radosgw', ['-f', '-n', 'client.rgw.a'], { env })
      daemons.push(gateway)
      await waitUntil('The S3 server', gateway, async () => (await fetch(endpoint)).ok)
    }
    await answering()
    const admin = (...args: string[]) => run('radosgw-admin', '-n', 'client.rgw.a', ...args)
    admin('user', 'create', '--uid=vault', '--display-name=vault', ...keys(OWNER))
    admin(
      'subuser',
      'create',
      '--uid=vault',
      '--subuser=vault:reader',
      '--key-type=s3',
      '--access=read',
      ...keys(READER),
    )
    admin('user', 'create', '--uid=stranger', '--display-name=stranger', ...keys(STRANGER))

    const createBucket = (name: string) => putBucket(endpoint, name)
    await createBucket('vault')
    return {
      config: { endpoint, region: 'us-east-1', bucket: 'vault', ...OWNER },
      reader: READER,
      stranger: STRANGER,
      createBucket,
      stop,
      kill: async () => daemons.pop()?.kill(),
      restart: answering,
    }
  } catch (error) {
    const words = daemons.map((daemon) => daemon.output()).join('\n')
    await stop()
    throw new Error(`The real S3 server (Ceph radosgw) could not be started.\n${words}`, { cause: error })
  }
}

type Run = (program: string, ...args: string[]) => string

const keys = (pair: typeof OWNER) => [`--access-key=${pair.accessKey}`, `--secret-key=${pair.secretKey}`]

async function prepare(folder: string, port: number, monitorPort: number): Promise<{ file: string; fsid: string }> {
  for (const name of ['mon', 'osd', 'run', 'log', 'rgw']) await mkdir(path.join(folder, name))
  const fsid = randomUUID()
  const file = path.join(folder, 'ceph.conf')
  await writeFile(file, cephConfig({ folder, fsid, port, monitorPort }))
  return { file, fsid }
}

function makeMonitor(run: Run, folder: string, fsid: string, port: number): void {
  const keyring = `${folder}/keyring`
  const all = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *']
  run('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', `[v2:127.0.0.1:${port}/0]`, `${folder}/monmap`)
  run('ceph-authtool', '-C', keyring, '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *')
  run('ceph-authtool', keyring, '--gen-key', '-n', 'client.admin', ...all, '--cap', 'mds', 'allow *')
  run('ceph-authtool', keyring, '--gen-key', '-n', 'client.rgw.a', ...all)
  run(
    'ceph-authtool',
    keyring,
    '--gen-key',
    '-n',
    'osd.0',
    '--cap',
    'mon',
    'allow profile osd',
    '--cap',
    'osd',
    'allow *',
  )
  run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', `${folder}/monmap`, '--keyring', keyring)
}

/** With the old signature, which this server takes too and which needs no library. */
async function putBucket(endpoint: string, name: string): Promise<void> {
  const date = new Date().toUTCString()
  const signature = createHmac('sha1', OWNER.secretKey).update(`PUT\n\n\n${date}\n/${name}`).digest('base64')
  const authorization = `AWS ${OWNER.accessKey}:${signature}`
  const response = await fetch(`${endpoint}/${name}`, { method: 'PUT', headers: { date, authorization } })
  if (!response.ok) throw new Error(`The bucket ${name} could not be made: ${response.status} ${await response.text()}`)
}

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createGzip } from 'node:zlib'
import { pushImage } from '../../embedded/base-image/push-image.ts'
import { readSettings } from '../../embedded/config.ts'
import { createReport } from '../../embedded/report.ts'
import { canInstallPackages, installPackages } from '../../embedded/resolve/system-packages.ts'
import { takeFileLock } from '../../process/file-lock.ts'
import { run } from '../../process/run.ts'
import type { Farm } from '../farm.ts'

const limitMs = 8 * 60_000
const never = new AbortController().signal
const included = ['ca-certificates', 'python3', 'python3-pip', 'python3-venv']

/**
 * The smallest Debian of this machine's own release with apt and Python, pushed to the registry of a farm. It is made once a
 * machine, from where its apt gets packages. @returns its reference; `undefined` where it cannot be made.
 */
export async function pushDebian(farm: Farm): Promise<string | undefined> {
  const tar = await makeDebian()
  if (tar === undefined) return undefined
  const [repository, tag] = ['base/debian', 'test']
  const parts: Buffer[] = []
  for await (const part of createReadStream(tar).pipe(createGzip({ level: 1 }))) parts.push(part)
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    rootfs: { type: 'layers', diff_ids: [await digestOf(tar)] },
    history: [{ created: new Date(0).toISOString(), created_by: 'mmdebstrap' }],
  }
  await pushImage(farm.registry, { repository, tag, layer: Buffer.concat(parts), config })
  return `${farm.registry.host}/${repository}:${tag}`
}

/** @returns the tar of it; `undefined` where it cannot be made. */
export async function makeDebian(): Promise<string | undefined> {
  const release = /^VERSION_CODENAME=(\S+)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1]
  const folder = join(readSettings().resolve.cacheDir, 'test')
  const tar = join(folder, `debian-${release}-python.tar`)
  if (await exists(tar)) return tar
  if (release === undefined || !(await ensureMmdebstrap())) return undefined
  await using _ = await takeFileLock(`${tar}.lock`, { limitMs, signal: never, onWait: () => {} })
  if (await exists(tar)) return tar
  const made = `${tar}.${process.pid}.tar`
  const options = ['--variant=apt', `--include=${included.join(',')}`]
  await run('mmdebstrap', [...options, release, made], { limitMs, environment: process.env })
  await rename(made, tar)
  return tar
}

async function ensureMmdebstrap(): Promise<boolean> {
  if (await exists('/usr/bin/mmdebstrap')) return true
  if (!(await canInstallPackages())) return false
  const report = createReport(process.stdout)
  const reason = 'package lists are tested on a Debian'
  await installPackages(['mmdebstrap'], reason, process.env, report, never)
  return true
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(file)) hash.update(part)
  return `sha256:${hash.digest('hex')}`
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

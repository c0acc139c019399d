import { createHash } from 'node:crypto'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { RegistryAddress } from '../components/registry.ts'
import type { Environment } from '../../process/environment.ts'
import type { Report } from '../report.ts'
import { installPackages } from '../resolve/system-packages.ts'
import { pushImage, readTag } from './push-image.ts'
import { createRootFileSystem } from './root-file-system.ts'

const repository = 'base/busybox'
const tag = '1.35'
const busybox = '/bin/busybox'

export interface BaseImage {
  /** Such as `127.0.0.1:5055/base/busybox:1.35`. */
  readonly reference: string
  readonly digest: string
}

/**
 * Makes sure that there is something to build from when no other registry can be reached: a small image of busybox in
 * the local registry. It is made once; a later start finds it there.
 */
export async function ensureBaseImage(
  registry: RegistryAddress,
  report: Report,
  environment: Environment,
): Promise<BaseImage> {
  const reference = `${registry.host}/${repository}:${tag}`
  const known = await readTag(registry, repository, tag)
  if (known !== undefined) return { reference, digest: known }
  if (!(await exists(busybox))) {
    await installPackages(
      ['busybox-static'],
      'for a small base image',
      environment,
      report,
      new AbortController().signal,
    )
  }
  report.say(`making a small base image from ${busybox}: ${reference}`)
  const tar = await createRootFileSystem(busybox, environment)
  const layer = await promisify(gzip)(tar)
  const diffId = `sha256:${createHash('sha256').update(tar).digest('hex')}`
  const digest = await pushImage(registry, { repository, tag, layer, config: configOf(diffId) })
  return { reference, digest }
}

function configOf(diffId: string): object {
  return {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin:/usr/bin'], Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created: new Date(0).toISOString(), created_by: 'busybox and its applets' }],
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

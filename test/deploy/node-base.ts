import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createGunzip } from 'node:zlib'
import { pushImage } from '../../embedded/base-image/push-image.ts'
import { run } from '../../process/run.ts'
import type { Farm } from '../farm.ts'
import { exists, makeDebian } from '../packages/debian-base.ts'

const limitMs = 120_000

/**
 * Stands for the image of Node.js that the Dockerfiles of `deploy/` begin with: this machine's Debian, with the Node.js that
 * runs the tests and the npm beside it. It is made once a machine, and no work of the farm's.
 * @returns its reference; `undefined` where no Debian can be made.
 */
export async function pushNodeBase(farm: Farm): Promise<string | undefined> {
  const debian = await makeDebian()
  if (debian === undefined) return undefined
  const packed = debian.replace(/\.tar$/, `-node-${process.versions.node}.tar.gz`)
  if (!(await exists(packed))) await makeLayer(debian, packed)
  const layer = await readFile(packed)
  const [repository, tag] = ['base/node', 'test']
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
    rootfs: { type: 'layers', diff_ids: [await digestUnpacked(packed)] },
    history: [{ created: new Date(0).toISOString(), created_by: 'mmdebstrap' }],
  }
  await pushImage(farm.registry, { repository, tag, layer, config })
  return `${farm.registry.host}/${repository}:${tag}`
}

async function makeLayer(debian: string, packed: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-node-'))
  try {
    const root = join(folder, 'root')
    const [programs, modules] = [
      join(root, 'usr/local/bin'),
      join(root, 'usr/local/lib/node_modules'),
    ]
    await mkdir(programs, { recursive: true })
    await mkdir(modules, { recursive: true })
    const npm = await run('sh', ['-c', 'realpath "$(command -v npm)"'], { limitMs })
    await copyFile(process.execPath, join(programs, 'node'))
    await cp(resolve(npm.stdout.trim(), '../..'), join(modules, 'npm'), { recursive: true })
    await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(programs, 'npm'))
    const tar = join(folder, 'layer.tar')
    await copyFile(debian, tar)
    const owner = ['--owner=0', '--group=0', '--numeric-owner']
    await run('tar', ['--append', '--file', tar, ...owner, '--directory', root, 'usr'], { limitMs })
    await run('gzip', ['-1', tar], { limitMs })
    const made = `${packed}.${process.pid}`
    await copyFile(`${tar}.gz`, made)
    await rename(made, packed)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function digestUnpacked(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(file).pipe(createGunzip())) hash.update(part)
  return `sha256:${hash.digest('hex')}`
}

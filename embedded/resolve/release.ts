import { createReadStream } from 'node:fs'
import { chmod, mkdir, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { unpackTar } from 'modern-tar/fs'
import type { ReleaseMirror, ResolveSettings } from '../config.ts'
import { pins, type ComponentName } from '../pins.ts'
import { createFolder, findBinaries, platform } from './cache.ts'
import { download } from './download.ts'

/** The operator's mirror, else the pinned upstream release; undefined where no checksum is known. */
export function findRelease(
  name: ComponentName,
  settings: ResolveSettings,
): ReleaseMirror | undefined {
  const { release, version } = pins[name]
  const mirror = settings.mirrors[name]
  if (mirror !== undefined || release === undefined) return mirror
  const [os, arch] = platform().split('-')
  const values: Record<string, string | undefined> = { version, os, arch }
  const url = release.url.replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? '')
  return { url, sha256: release.sha256[platform()] }
}

/** Fetches a release, checks it and puts its binaries into `folder`. */
export async function installRelease(
  name: ComponentName,
  release: ReleaseMirror,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const { binaries } = pins[name]
  await createFolder(folder, async (temporary) => {
    const file = join(temporary, 'download')
    await download(release.url, release.sha256, file, signal)
    if (/\.(tar\.gz|tgz)$/.test(new URL(release.url).pathname))
      await unpack(file, temporary, binaries)
    else await rename(file, join(temporary, binaries[0]))
    await Promise.all(
      binaries.map((binary) => chmod(join(temporary, binary), 0o755).catch(() => undefined)),
    )
    if ((await findBinaries(temporary, binaries)) === undefined) {
      throw new Error(`${release.url} does not hold ${binaries.join(' and ')}`)
    }
  })
}

async function unpack(archive: string, folder: string, binaries: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  await pipeline(
    createReadStream(archive),
    createGunzip(),
    unpackTar(folder, {
      filter: (header) => header.type === 'file' && binaries.includes(basename(header.name)),
      map: (header) => ({ ...header, name: basename(header.name) }),
    }),
  )
}

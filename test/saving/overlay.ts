import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { extract } from 'tar-stream'
import { Readable } from 'node:stream'
import { createZstdDecompress } from 'node:zlib'
import { mountOverlay, unmountOverlay } from '../../agent/environments/overlay-mount.ts'

const execute = promisify(execFile)

/** An image with an environment's own files over it, as the kernel lays them. */
export interface TestOverlay extends AsyncDisposable {
  readonly folder: string
  readonly upper: string
  /** What is seen of both. */
  readonly root: string
  /** In the root. */
  readonly sh: (script: string) => Promise<string>
}

/** @param image a script that makes its files. */
export async function makeOverlay(image: string): Promise<TestOverlay> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kiln-saving-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const lower = join(folder, 'lower')
  await mkdir(lower)
  await sh(lower, image)
  const paths = {
    upper: join(folder, 'upper'),
    work: join(folder, 'work'),
    root: join(folder, 'root'),
  }
  await mountOverlay(lower, paths)
  stack.defer(async () => unmountOverlay(paths))
  const owned = stack.move()
  return {
    folder,
    ...paths,
    sh: async (script) => sh(paths.root, script),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

async function sh(cwd: string, script: string): Promise<string> {
  const { stdout } = await execute('sh', ['-ec', script], { cwd, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

export interface TarEntry {
  readonly name: string
  readonly type: string | undefined
  readonly linkname: string | null | undefined
  readonly mode: number | undefined
  readonly owner: string
  readonly pax: Readonly<Record<string, string>>
  readonly text: string
}

/** The entries of a layer, in order. */
export async function readLayer(bytes: Uint8Array): Promise<readonly TarEntry[]> {
  const found: TarEntry[] = []
  const entries = extract()
  Readable.from([bytes]).pipe(createZstdDecompress()).pipe(entries)
  for await (const entry of entries) {
    const { name, type, linkname, mode, uid, gid, pax } = entry.header
    const parts: Buffer[] = []
    for await (const part of entry) parts.push(Buffer.from(part as Uint8Array))
    const text = Buffer.concat(parts).toString()
    found.push({
      name,
      type,
      linkname,
      mode,
      owner: `${uid}:${gid}`,
      pax: { ...(pax as Record<string, string> | null) },
      text,
    })
  }
  return found
}

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { unzipSync } from 'fflate'
import type { ResolveSettings } from '../config.ts'
import { goToolchain } from '../pins.ts'
import { ProcessError, run } from '../../process/run.ts'
import type { Report } from '../report.ts'
import { createFolder, findBinaries, platform } from './cache.ts'
import { download } from './download.ts'
import { findVersion, isAcceptable } from '../../process/version.ts'

/** Go from PATH or from an earlier fetch; undefined when it has to be fetched. */
export async function findGo(settings: ResolveSettings): Promise<string | undefined> {
  try {
    // GOTOOLCHAIN=local: otherwise an old go would answer for a new one that it has yet to download.
    const environment = { ...settings.environment, GOTOOLCHAIN: 'local' }
    const { stdout } = await run('go', ['version'], { limitMs: 10_000, environment })
    if (isAcceptable(findVersion(stdout), goToolchain.version)) return 'go'
  } catch (error) {
    if (!(error instanceof ProcessError)) throw error
  }
  const fetched = await findBinaries(join(toolchainFolder(settings), 'bin'), ['go'])
  return fetched?.['go']
}

/** Fetches the pinned toolchain through the module proxy and answers the path of its `go`. */
export async function fetchGo(
  settings: ResolveSettings,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  const folder = toolchainFolder(settings)
  report.say(`go ${goToolchain.version}: not on PATH, fetching the toolchain (70 MB)`)
  await createFolder(folder, async (temporary) => {
    const archive = `${temporary}.zip`
    try {
      await downloadFromProxy(settings, archive, signal)
      await unzipToolchain(await readFile(archive), temporary)
    } finally {
      await rm(archive, { force: true })
    }
  })
  return join(folder, 'bin', 'go')
}

function toolchainFolder(settings: ResolveSettings): string {
  return join(settings.cacheDir, 'components', `go-${goToolchain.version}`)
}

/** The http proxies of GOPROXY in their order; `direct` and `off` cannot serve a toolchain. */
export function goProxies(goProxy: string | undefined): readonly string[] {
  const entries = (goProxy ?? goToolchain.defaultProxy).split(/[,|]/).map((entry) => entry.trim())
  return entries
    .filter((entry) => /^https?:\/\//.test(entry))
    .map((entry) => entry.replace(/\/$/, ''))
}

async function downloadFromProxy(
  settings: ResolveSettings,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const failures: string[] = []
  for (const proxy of goProxies(settings.goProxy)) {
    const url = `${proxy}/golang.org/toolchain/@v/${goToolchain.moduleVersion}.${platform()}.zip`
    try {
      return await download(url, goToolchain.sha256[platform()], path, signal)
    } catch (error) {
      signal.throwIfAborted()
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  const tried = failures.length > 0 ? failures.join('; ') : 'GOPROXY names no http proxy'
  throw new Error(`the Go toolchain could not be fetched: ${tried}`)
}

async function unzipToolchain(archive: Uint8Array, folder: string): Promise<void> {
  const prefix = `golang.org/toolchain@${goToolchain.moduleVersion}.${platform()}/`
  const files = unzipSync(archive, { filter: ({ name }) => !name.includes('/testdata/') })
  for (const [name, content] of Object.entries(files)) {
    const path = normalize(name.slice(prefix.length))
    if (!name.startsWith(prefix) || path.startsWith('..') || name.endsWith('/')) continue
    const target = join(folder, path)
    await mkdir(dirname(target), { recursive: true })
    // Zip files of modules carry no modes; this is what the go command itself makes executable.
    const isProgram = /^(bin|pkg\/tool)\//.test(path)
    await writeFile(target, content, { mode: isProgram ? 0o755 : 0o644 })
  }
}

import { join } from 'node:path'
import type { ResolveSettings } from '../config.ts'
import { pins, type ComponentName } from '../pins.ts'
import { takeFileLock } from '../../process/file-lock.ts'
import type { Report } from '../report.ts'
import { componentFolder, findBinaries, type Binaries } from './cache.ts'
import { buildFromSource } from './go-build.ts'
import { locate, type Located } from './locate.ts'
import { findRelease, installRelease } from './release.ts'
import { fetchGo, findGo } from './toolchain.ts'

const lockLimitMs = 60 * 60_000

export type Resolved = ReadonlyMap<ComponentName, Located>

/** Finds what is already on this machine; components that are not in the answer have to be obtained. */
export async function locateAll(
  names: readonly ComponentName[],
  settings: ResolveSettings,
): Promise<Resolved> {
  const found = await Promise.all(
    names.map(async (name) => [name, await locate(name, settings)] as const),
  )
  return new Map(
    found.flatMap(([name, located]) => (located === undefined ? [] : [[name, located]])),
  )
}

/** Fetches or builds one component into the cache, one launcher at a time. */
export async function obtain(
  name: ComponentName,
  settings: ResolveSettings,
  report: Report,
  signal: AbortSignal,
): Promise<Located> {
  const folder = await componentFolder(settings, name)
  await using _ = await takeFileLock(join(settings.cacheDir, 'locks', name), {
    limitMs: lockLimitMs,
    signal,
    onWait: (pid) => report.say(`${name}: pid ${pid} is building it, waiting`),
  })
  const release = findRelease(name, settings)
  if ((await findBinaries(folder, pins[name].binaries)) === undefined) {
    if (release === undefined) {
      const go = (await findGo(settings)) ?? (await fetchGo(settings, report, signal))
      await buildFromSource(name, go, folder, settings, report, signal)
    } else {
      report.say(`${name} ${pins[name].version}: fetching the release`)
      await installRelease(name, release, folder, signal)
    }
  }
  const binaries = await findBinaries(folder, pins[name].binaries)
  if (binaries === undefined)
    throw new Error(`${name}: ${folder} lacks ${pins[name].binaries.join(' or ')}`)
  return { binaries, from: release === undefined ? 'source' : 'release' }
}

/** Makes all components available. One after another: a single Go build already keeps every core busy. */
export async function resolveAll(
  names: readonly ComponentName[],
  located: Resolved,
  settings: ResolveSettings,
  report: Report,
  signal: AbortSignal,
): Promise<ReadonlyMap<ComponentName, Binaries>> {
  const resolved = new Map<ComponentName, Binaries>()
  for (const name of names) {
    const found = located.get(name) ?? (await obtain(name, settings, report, signal))
    if (found.from !== 'cache' && found.from !== 'source')
      report.say(`${name}: using ${found.from}`)
    resolved.set(name, found.binaries)
  }
  return resolved
}

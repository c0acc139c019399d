import { realpath } from 'node:fs/promises'
import { delimiter, dirname, resolve } from 'node:path'
import type { ResolveSettings } from '../config.ts'
import { pins, type ComponentName } from '../pins.ts'
import { Problem } from '../problem.ts'
import { run } from '../../process/run.ts'
import { componentFolder, findBinaries, type Binaries } from './cache.ts'
import { findVersion, isAcceptable } from '../../process/version.ts'

export interface Located {
  readonly binaries: Binaries
  readonly from: string
}

/** Looks where nothing has to be fetched: the configured path, PATH, the cache. */
export async function locate(
  name: ComponentName,
  settings: ResolveSettings,
): Promise<Located | undefined> {
  const configured = settings.binaries[name]
  if (configured !== undefined) return locateConfigured(name, configured)
  const cached = await findBinaries(await componentFolder(settings, name), pins[name].binaries)
  return (await locateOnPath(name, settings)) ?? (cached && { binaries: cached, from: 'cache' })
}

async function locateConfigured(name: ComponentName, path: string): Promise<Located> {
  const [first, ...others] = pins[name].binaries
  const variable = `KILN_${name.toUpperCase().replaceAll('-', '_')}_BIN`
  const file = await realpath(resolve(path)).catch(() => undefined)
  if (file === undefined) throw new Problem([`${variable}=${path} does not exist`])
  const beside = await findBinaries(dirname(file), others)
  if (beside === undefined)
    throw new Problem([`${variable}=${path}: ${others.join(', ')} must lie beside it`])
  return { binaries: { ...beside, [first]: file }, from: variable }
}

async function locateOnPath(
  name: ComponentName,
  settings: ResolveSettings,
): Promise<Located | undefined> {
  const { binaries, accept, prints } = pins[name]
  for (const folder of settings.path.split(delimiter).filter((entry) => entry !== '')) {
    const found = await findBinaries(folder, binaries)
    const path = found?.[binaries[0]]
    if (found === undefined || path === undefined) continue
    const text = await readVersion(path, settings)
    const isRight = prints.every((expected) => text.includes(expected))
    if (isRight && isAcceptable(findVersion(text), accept)) return { binaries: found, from: path }
  }
  return undefined
}

async function readVersion(path: string, settings: ResolveSettings): Promise<string> {
  try {
    const { stdout, stderr } = await run(path, ['--version'], {
      limitMs: 5000,
      environment: settings.environment,
    })
    return stdout + stderr
  } catch {
    // A program that does not know --version is some other program of that name.
    return ''
  }
}

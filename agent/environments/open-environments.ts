import { createHmac, randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { ProcessError, run } from '../../process/run.ts'
import type { Say } from '../../process/say.ts'
import { canMountOverlay } from '../daemon/overlay.ts'
import type { NetworkSettings } from '../network/open-network.ts'
import { logInThrough } from '../stages/registry-login.ts'
import type { EnvironmentControl } from './environment-control.ts'
import { createEnvironments, type Environments, type EnvironmentsDeps } from './environments.ts'
import { createImageStore } from './image-store.ts'
import {
  environmentScope,
  environmentsFolder,
  imagesFolder,
  runcRoot,
} from './environment-paths.ts'
import { pullImage, type PullDeps } from './pull-image.ts'
import { readDiskUse } from './read-usage.ts'
import { createRunc } from './runc.ts'

export interface EnvironmentSettings {
  /** The agent's own. */
  readonly directory: string
  readonly runc: string
  readonly network: NetworkSettings
  readonly cdiDirs: readonly string[]
}

export interface OpenDeps
  extends Pick<EnvironmentsDeps, 'random' | 'log'>, Omit<PullDeps, 'logIn'> {
  readonly controlPlane: EnvironmentControl
  readonly say: Say
}

/** The environments of this node. Nothing is done until they are asked for something. */
export function openEnvironments(settings: EnvironmentSettings, deps: OpenDeps): Environments {
  const { directory, network, runc, cdiDirs } = settings
  const { controlPlane, random, log, say } = deps
  const scope = environmentScope(directory)
  const key = randomBytes(32)
  return createEnvironments({
    controlPlane,
    random,
    log,
    container: { scope, network, cdiDirs, runc: createRunc({ runc, root: runcRoot(scope) }), say },
    folder: environmentsFolder(directory),
    images: createImageStore(imagesFolder(directory), {
      now: Date.now,
      measure: async (measured) => readDiskUse(measured, unlimited),
    }),
    pull: async (plan, folder, signal) => {
      const ref = { environmentId: plan.environment_id, start: plan.start }
      const logIn = () =>
        logInThrough(async (scopes) => controlPlane.logInForEnvironment(ref, scopes), {
          host: plan.registry.host,
          seed: createHmac('sha256', key).update(JSON.stringify(ref)).digest(),
          random,
          signal,
        })
      await pullImage({ ...deps, logIn }, plan, folder, signal)
    },
  })
}

const unlimited = new AbortController().signal

/** Whether environments can run on this machine: it must mount overlays where their files lie, and have GNU's tar. */
export async function canRunEnvironments(directory: string): Promise<boolean> {
  const folder = environmentsFolder(directory)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return (await hasTar()) && canMountOverlay(folder)
}

async function hasTar(): Promise<boolean> {
  try {
    const { stdout } = await run('tar', ['--version'], { limitMs: 10_000 })
    return stdout.includes('GNU tar')
  } catch (error) {
    if (error instanceof ProcessError) return false
    throw error
  }
}

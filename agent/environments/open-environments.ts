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
import { createPullAhead, type PullAheadDeps } from './pull-ahead.ts'
import { type PulledImage, pullImage, type PullDeps } from './pull-image.ts'
import { readDiskUse } from './read-usage.ts'
import type { NodeVolumes } from '../volumes/node-volumes.ts'
import { createRunc } from './runc.ts'

export interface EnvironmentSettings {
  /** The agent's own. */
  readonly directory: string
  readonly runc: string
  readonly network: NetworkSettings
  readonly cdiDirs: readonly string[]
  readonly volumes: Pick<NodeVolumes, 'open' | 'measure'>
}

export interface OpenDeps
  extends Pick<EnvironmentsDeps, 'random' | 'log'>, Omit<PullDeps, 'logIn' | 'disk'> {
  readonly disk: PullDeps['disk'] & PullAheadDeps['disk']
  readonly controlPlane: EnvironmentControl
  readonly say: Say
}

/** The environments of this node. Nothing is done until they are asked for something. */
export function openEnvironments(settings: EnvironmentSettings, deps: OpenDeps): Environments {
  const { directory, network, runc, cdiDirs, volumes } = settings
  const { controlPlane, random, log, say } = deps
  const scope = environmentScope(directory)
  const key = randomBytes(32)
  const images = createImageStore(imagesFolder(directory), {
    now: Date.now,
    measure: async (measured) => readDiskUse(measured, unlimited),
  })
  /** @param purpose for which one login serves. */
  const logInBy =
    ({ registry }: PulledImage, purpose: object, ask: Parameters<typeof logInThrough>[0]) =>
    (signal: AbortSignal) =>
      logInThrough(ask, {
        host: registry.host,
        seed: createHmac('sha256', key).update(JSON.stringify(purpose)).digest(),
        random,
        signal,
      })
  return createEnvironments({
    controlPlane,
    random,
    log,
    container: {
      scope,
      network,
      cdiDirs,
      volumes,
      runc: createRunc({ runc, root: runcRoot(scope) }),
      say,
    },
    folder: environmentsFolder(directory),
    images,
    pull: async (plan, folder, signal) => {
      const ref = { environmentId: plan.environment_id, start: plan.start }
      const ask = async (scopes: readonly string[]) => controlPlane.logInForEnvironment(ref, scopes)
      await pullImage({ ...deps, logIn: logInBy(plan, ref, ask) }, plan, folder, signal)
    },
    aheadFor: (nodeId) =>
      createPullAhead({
        images,
        disk: deps.disk,
        pull: async (image, folder, signal) => {
          const { digest } = image
          const ask = async (scopes: readonly string[]) =>
            controlPlane.logInForImage(nodeId, digest, scopes)
          await pullImage(
            { ...deps, logIn: logInBy(image, { digest }, ask) },
            image,
            folder,
            signal,
          )
        },
      }),
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

import type { Digest } from '#contract/image.ts'
import type { BuildRow } from '../../records/builds.ts'
import { RegistryError } from '../../registry/error.ts'
import type { Manifest } from '../../registry/client.ts'
import type { OwnRegistry } from '../../registry/registries.ts'
import { failBuild } from './fail.ts'

/** A registry that is made of several may not have heard in all of them yet what was just pushed to one. */
const lagPausesMs = [200, 400, 800, 1_600, 3_000, 5_000, 8_000]

export interface ReadBackDeps {
  readonly own: OwnRegistry
  readonly sleep: (ms: number) => Promise<void>
  readonly random: () => number
}

export function repositoryOf(
  own: OwnRegistry,
  build: Pick<BuildRow, 'repository'> | undefined,
): string {
  if (build === undefined)
    throw failBuild({ code: 'internal', message: 'the build is not recorded' })
  return `${own.prefix}/${build.repository}`
}

/**
 * The manifest as the registry serves it. One that is not there yet is asked for again, for some seconds.
 * @throws the failure `registry_mismatch` unless it is exactly `digest`, `push_denied` when the farm may not read it,
 * `push_failed` when the registry does not answer.
 */
export async function readBack(
  { own, sleep, random }: ReadBackDeps,
  repository: string,
  digest: Digest,
): Promise<Manifest> {
  const read = async () =>
    own.client.readManifest(repository, digest).catch((error: unknown) => {
      throw explainRegistry(error)
    })
  let manifest = await read()
  for (const pause of lagPausesMs) {
    if (manifest !== undefined) break
    await sleep(pause * (0.75 + random() / 2))
    manifest = await read()
  }
  if (manifest === undefined) {
    throw failBuild({ code: 'registry_mismatch', message: `the registry has no ${digest}` })
  }
  if (manifest.digest !== digest) {
    const message = `the registry serves other bytes for ${digest}`
    throw failBuild({ code: 'registry_mismatch', message })
  }
  return manifest
}

export function explainRegistry(error: unknown): unknown {
  if (!(error instanceof RegistryError)) return error
  const { operation, status } = error
  if (status === 401 || status === 403) {
    const message = `the registry does not let the farm ${operation}`
    return failBuild({ code: 'push_denied', message }, error)
  }
  return failBuild({ code: 'push_failed', message: `the registry failed to ${operation}` }, error)
}

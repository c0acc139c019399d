import type { Digest } from '#contract/image.ts'
import type { BuildRow } from '../../records/builds.ts'
import type { Manifest } from '../registry/client.ts'
import { RegistryError } from '../registry/error.ts'
import type { OwnRegistry } from '../registry/registries.ts'
import { failBuild } from './fail.ts'

export function repositoryOf(
  own: OwnRegistry,
  build: Pick<BuildRow, 'repository'> | undefined,
): string {
  if (build === undefined)
    throw failBuild({ code: 'internal', message: 'the build is not recorded' })
  return `${own.prefix}/${build.repository}`
}

/** The manifest as the registry serves it. @throws the failure `registry_mismatch` unless it is exactly `digest`. */
export async function readBack(
  own: OwnRegistry,
  repository: string,
  digest: Digest,
): Promise<Manifest> {
  const manifest = await own.client.readManifest(repository, digest).catch((error: unknown) => {
    throw explainRegistry(error)
  })
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
  return failBuild(
    { code: 'push_failed', message: `the registry failed to ${error.operation}` },
    error,
  )
}

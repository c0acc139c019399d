import type { EnvironmentRef } from '#contract/environment.ts'
import { startConfig } from '#contract/wire/environment.ts'
import { storeImageConfig } from '../../records/environments.ts'
import { findEnvironment } from '../../records/find-environments.ts'
import type { Db } from '../../records/connect.ts'
import { RegistryError } from '../../registry/error.ts'
import { parseManifest } from '../../registry/manifest.ts'
import { readConfig } from '../../registry/read-config.ts'
import { readJson } from '../../registry/read-json.ts'
import type { OwnRegistry } from '../../registry/registries.ts'
import { failEnvironment } from './fail.ts'

export interface ReadImageDeps {
  readonly db: Db
  readonly own: OwnRegistry
}

/**
 * Reads how containers of the version start, from the bytes that its digest names.
 * @throws the failures `image_gone`, `image_unusable` or `registry_unavailable`.
 */
export function createReadImage({ db, own }: ReadImageDeps) {
  return async (ref: EnvironmentRef): Promise<void> => {
    const environment = await findEnvironment(db, ref.environmentId)
    if (environment === undefined) throw failEnvironment('internal')
    const { repository, digest, command } = environment
    const config = await readStartConfig(own, `${own.prefix}/${repository}`, digest).catch(
      (error: unknown) => {
        if (!(error instanceof RegistryError)) throw error
        throw failEnvironment('registry_unavailable', `the registry failed to ${error.operation}`)
      },
    )
    if (command === null && config.entrypoint.length + config.cmd.length === 0) {
      const message = 'the image names no program to start: give a command'
      throw failEnvironment('image_unusable', message)
    }
    await storeImageConfig(db, ref, config)
  }
}

async function readStartConfig({ client }: OwnRegistry, repository: string, digest: string) {
  const manifest = await client.readManifest(repository, digest)
  if (manifest?.digest !== digest) throw failEnvironment('image_gone')
  const parsed = parseManifest(manifest.bytes)
  if (parsed === undefined) throw failEnvironment('image_unusable', `${digest} is not one image`)
  const bytes = await readConfig(client, repository, parsed.config.digest)
  if (bytes === undefined) throw failEnvironment('image_gone')
  const { data } = startConfig.safeParse(readJson(bytes))
  if (data === undefined) {
    throw failEnvironment('image_unusable', 'the configuration of the image cannot be read')
  }
  return data
}

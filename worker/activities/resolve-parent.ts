import { parseReference } from '#contract/image.ts'
import { maxImageLayers } from '#contract/wire/save.ts'
import { findBuild } from '../../records/builds.ts'
import type { Pool } from '../../records/connect.ts'
import { readSaveChain, type SaveRow, storeParent } from '../../records/saves.ts'
import { parseManifest } from '../../registry/manifest.ts'
import { readConfig } from '../../registry/read-config.ts'
import type { OwnRegistry } from '../../registry/registries.ts'
import { failBuild } from './fail.ts'
import { explainRegistry } from './read-back.ts'

/**
 * Reads what the image of an environment is made of, for a build that saves one: the new image is the parent with a layer
 * more. @throws the failures `environment_unsaveable` and those of the registry.
 */
export async function resolveParent(
  { db, own: { client } }: { readonly db: Pool; readonly own: OwnRegistry },
  buildId: string,
  save: SaveRow,
): Promise<void> {
  const { pinned } = (await findBuild(db, buildId))?.bases?.[0] ?? {}
  const { repository, digest } = parseReference(pinned ?? '') ?? {}
  if (repository === undefined || digest === undefined) throw unreadable('is not pinned')
  const manifest = await asked(client.readManifest(repository, digest))
  if (manifest?.digest !== digest) throw unreadable('is not in the registry any more')
  const { config: { digest: config } = {}, layers = [] } = parseManifest(manifest.bytes) ?? {}
  if (config === undefined) throw unreadable('is not one image')
  const squashed = save.choices.squash ? (await readSaveChain(db, save.environment_id)).count : 0
  if (layers.length + 1 - squashed > maxImageLayers) {
    throw unreadable(
      `has ${layers.length} layers, and no image may have more than ${maxImageLayers}`,
    )
  }
  const bytes = await asked(readConfig(client, repository, config))
  if (bytes === undefined) throw unreadable('has a configuration that cannot be read')
  await storeParent(db, buildId, {
    manifest: Buffer.from(manifest.bytes).toString('base64'),
    config: bytes.toString('base64'),
  })
}

async function asked<T>(read: Promise<T>): Promise<T> {
  return read.catch((error: unknown) => {
    throw explainRegistry(error)
  })
}

function unreadable(why: string) {
  const message = `the image of the environment ${why}`
  return failBuild({ code: 'environment_unsaveable', message })
}

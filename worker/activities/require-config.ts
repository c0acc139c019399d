import type { PublishRequest } from '#contract/activities.ts'
import type { Manifest } from '../../registry/client.ts'
import { parseManifest } from '../../registry/manifest.ts'
import { readConfig } from '../../registry/read-config.ts'
import type { OwnRegistry } from '../../registry/registries.ts'
import { failBuild } from './fail.ts'
import { explainRegistry } from './read-back.ts'

/**
 * The configuration says what runs and which layers are unpacked, so the registry must serve the one that the builder
 * wrote and the verification saw. Nodes of the protocol before do not tell theirs.
 *
 * @throws the failure `digest_changed` when builder, verification and manifest do not agree, `registry_mismatch` when the
 * registry does not serve its bytes.
 */
export async function requireConfig(
  own: OwnRegistry,
  repository: string,
  { bytes, digest }: Manifest,
  { configDigest, verification }: Pick<PublishRequest, 'configDigest' | 'verification'>,
): Promise<void> {
  const named = parseManifest(bytes)?.config.digest
  if (named === undefined)
    throw failBuild({ code: 'registry_mismatch', message: `${digest} is not one image` })
  for (const [who, seen] of [
    ['built', configDigest],
    ['verified', verification.configDigest],
  ] as const) {
    if (seen === undefined || seen === named) continue
    const message = `the configuration that was ${who} is not the one of the image that was pushed`
    throw failBuild({ code: 'digest_changed', message })
  }
  const served = await readConfig(own.client, repository, named).catch((error: unknown) => {
    throw explainRegistry(error)
  })
  if (served === undefined) {
    const message = `the registry serves another configuration than ${named}`
    throw failBuild({ code: 'registry_mismatch', message })
  }
}

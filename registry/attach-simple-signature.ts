import { z } from 'zod'
import type { Digest } from '#contract/image.ts'
import { asManifest, describe, encode } from './attach.ts'
import type { RegistryClient } from './client.ts'
import { digestOf } from './digest-of.ts'
import { readJson } from './read-json.ts'
import { RegistryError } from './error.ts'

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const configType = 'application/vnd.oci.image.config.v1+json'
const payloadType = 'application/vnd.dev.cosign.simplesigning.v1+json'
const signatureKey = 'dev.cosignproject.cosign/signature'

export interface SimpleSignature {
  readonly payload: Uint8Array<ArrayBuffer>
  /** In base64. */
  readonly signature: string
}

type Client = Pick<RegistryClient, 'readManifest' | 'writeManifest' | 'writeBlob'>

/**
 * Puts a signature under the tag where clients look that do not read bundles: `sha256-<hex>.sig`, one layer a signature.
 * What others have put there stays, and the same signature may be put there again. @throws RegistryError
 */
export async function attachSimpleSignature(
  client: Client,
  repository: string,
  subject: Digest,
  { payload, signature }: SimpleSignature,
): Promise<void> {
  const tag = `${subject.replace(':', '-')}.sig`
  const known = await client.readManifest(repository, tag)
  const others = known === undefined ? [] : readLayers(known.bytes)
  if (others.some(({ annotations }) => annotations?.[signatureKey] === signature)) return
  await client.writeBlob(repository, digestOf(payload), payload)
  const layer = { ...describe(payloadType, payload), annotations: { [signatureKey]: signature } }
  const layers = [...others, layer]
  const config = encode(configOf(layers.map(({ digest }) => digest)))
  await client.writeBlob(repository, digestOf(config), config)
  const manifest = asManifest(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe(configType, config),
    layers,
  })
  await client.writeManifest(repository, tag, manifest)
}

const manifest = z.looseObject({
  layers: z.array(
    z.looseObject({
      digest: z.string(),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
})

function readLayers(bytes: Uint8Array) {
  const { data } = manifest.safeParse(readJson(bytes))
  if (data === undefined) throw new RegistryError('read the signatures', 200)
  return data.layers
}

/** The least that makes an image of it; the layers are not packed, so that their digests are those of their content. */
function configOf(layers: readonly string[]) {
  return { architecture: '', os: '', config: {}, rootfs: { type: 'layers', diff_ids: layers } }
}

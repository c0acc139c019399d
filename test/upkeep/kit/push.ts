import type { Digest } from '#contract/image.ts'
import { digestOf } from '../../../registry/digest-of.ts'
import type { OwnRegistry } from '../../../registry/registries.ts'

const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/** A small image, as a build of these instructions would have pushed it: one layer each. */
export interface Pushable {
  /** Each layer holds its instruction. */
  readonly steps: readonly string[]
  readonly config?: object
}

/** Pushes it by digest, without a tag. */
export async function push(
  { client, prefix }: OwnRegistry,
  repository: string,
  { steps, config = {} }: Pushable,
): Promise<Digest> {
  const place = `${prefix}/${repository}`
  const write = async (bytes: Uint8Array<ArrayBuffer>, mediaType: string) => {
    const digest = digestOf(bytes)
    await client.writeBlob(place, digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const layers = await Promise.all(
    steps.map(async (step) =>
      write(encode(`layer of ${step}`), 'application/vnd.oci.image.layer.v1.tar+gzip'),
    ),
  )
  const blueprint = {
    os: 'linux',
    architecture: 'amd64',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: steps.map((step) => ({ created_by: step })),
  }
  const described = await write(encode(blueprint), 'application/vnd.oci.image.config.v1+json')
  const bytes = encode({ schemaVersion: 2, mediaType: manifestType, config: described, layers })
  const digest = digestOf(bytes)
  await client.writeManifest(place, digest, { digest, mediaType: manifestType, bytes })
  return digest
}

function encode(value: object | string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
}

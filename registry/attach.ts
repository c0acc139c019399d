import { z } from 'zod'
import type { Digest } from '#contract/image.ts'
import type { Manifest, RegistryClient } from './client.ts'
import { digestOf } from './digest-of.ts'
import { RegistryError } from './error.ts'
import { readJson } from './read-json.ts'

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
const emptyType = 'application/vnd.oci.empty.v1+json'
const empty = encode({})

export interface Attachment {
  /** Media type of the document, which is also the type of the artifact. */
  readonly type: string
  readonly document: object
  readonly annotations: Readonly<Record<string, string>>
}

type Client = Pick<RegistryClient, 'readManifest' | 'writeManifest' | 'writeBlob'>

/**
 * Hangs a document on an image, as the OCI image specification 1.1 has it: a manifest that names the image as its subject.
 * A registry that does not list such manifests itself gets the list under the tag that the specification gives it, written
 * within `alone`: while no other writer that is known is at it. The same document makes the same manifest, so it may be
 * repeated.
 *
 * @returns the digest of that manifest. @throws RegistryError
 */
export async function attach(
  client: Client,
  repository: string,
  subject: Digest,
  { type, document, annotations }: Attachment,
  alone: (write: () => Promise<void>) => Promise<void>,
): Promise<Digest> {
  const image = await client.readManifest(repository, subject)
  if (image === undefined) throw new RegistryError('find the image', 404)
  const bytes = encode(document)
  for (const blob of [empty, bytes]) await client.writeBlob(repository, digestOf(blob), blob)
  const manifest = asManifest(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: type,
    config: describe(emptyType, empty),
    layers: [describe(type, bytes)],
    subject: describe(image.mediaType, image.bytes),
    annotations,
  })
  const { listed } = await client.writeManifest(repository, manifest.digest, manifest)
  if (!listed) {
    const entry = { ...describe(manifestType, manifest.bytes), artifactType: type, annotations }
    await alone(async () => addToList(client, repository, subject, entry))
  }
  return manifest.digest
}

const list = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })) })

/** How often the list is written again when a stranger has written another one meanwhile. */
const maxRounds = 3

/** Whoever has written looks again, as others may write the tag as well and a registry knows no compare-and-set. */
async function addToList(
  client: Client,
  repository: string,
  subject: Digest,
  entry: { readonly digest: string },
): Promise<void> {
  const tag = subject.replace(':', '-')
  for (let round = 0; ; round += 1) {
    const known = await client.readManifest(repository, tag)
    const manifests = known === undefined ? [] : readList(known)
    if (manifests.some(({ digest }) => digest === entry.digest)) return
    if (round === maxRounds) throw new RegistryError('keep the list of referrers', 200)
    const index = { schemaVersion: 2, mediaType: indexType, manifests: [...manifests, entry] }
    await client.writeManifest(repository, tag, asManifest(indexType, index))
  }
}

/** What others have hung there stays. @throws RegistryError when the tag is something else. */
function readList({ bytes }: Manifest) {
  const { data } = list.safeParse(readJson(bytes))
  if (data === undefined) throw new RegistryError('read the list of referrers', 200)
  return data.manifests
}

export function asManifest(mediaType: string, content: object): Manifest {
  const bytes = encode(content)
  return { digest: digestOf(bytes), mediaType, bytes }
}

export function describe(mediaType: string, bytes: Uint8Array) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

export function encode(content: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(content))
}

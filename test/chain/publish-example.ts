import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { type AttestationKind, attestationKinds } from '#contract/attestation.ts'
import type { Digest } from '#contract/image.ts'
import type { Inventory } from '#contract/node.ts'
import { publishVersion } from '../../records/versions.ts'
import { asManifest, describe, encode } from '../../registry/attach.ts'
import { digestOf } from '../../registry/digest-of.ts'
import type { Stores } from '../start-stores.ts'

export const repository = 'team/signed'
const place = `kiln/${repository}`
const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip'

const inventory: Inventory = {
  host: { hostname: 'n', os: 'linux', kernel: '6', arch: 'x64' },
  cpu: { model: 'c', cores: 2 },
  memory_bytes: 1,
  disk: { total_bytes: 1, free_bytes: 1 },
  buildkit: { version: '0.34.2', platforms: [], devices: [] },
  gpus: [],
}

/** Pushes an image of one small layer. `mark` makes it another one. */
export async function pushExample({ own }: Stores, mark: string): Promise<Digest> {
  const body = Buffer.from(mark)
  const tar = await packTar([{ header: { name: 'mark', size: body.length }, body }])
  const layer = Uint8Array.from(gzipSync(tar))
  const config = encode({ os: 'linux', architecture: 'amd64', config: {}, rootfs: {} })
  for (const blob of [layer, config]) await own.client.writeBlob(place, digestOf(blob), blob)
  const manifest = asManifest(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe('application/vnd.oci.image.config.v1+json', config),
    layers: [describe(layerType, layer)],
  })
  await own.client.writeManifest(place, manifest.digest, manifest)
  return manifest.digest
}

/** Publishes an image as a build of the farm that has just ended would. */
export async function publishExample(
  stores: Stores,
  { id, digest }: { readonly id: string; readonly digest: Digest },
  attestations: readonly AttestationKind[] = attestationKinds,
): Promise<void> {
  const { db, own } = stores
  await storeBuild(stores, id)
  const verification = { digest, verdict: 'not_gpu', evidence: 'measured' } as const
  const request = { buildId: id, attempt: 1, digest }
  const told = { ...verification, nonce: 'abcdefgh', durationMs: 1 }
  const terms = { registry: `${own.host}/${place}`, attestations }
  const published = { digest, size: 1 }
  const answer = await publishVersion(db, { ...request, verification: told }, published, terms)
  if (answer !== 'published') throw new Error(`the example was not published: ${answer}`)
  await db.updateTable('builds').set({ status: 'succeeded' }).where('id', '=', id).execute()
}

const nodeId = 'node-1'

/** A build that its node has pushed. */
async function storeBuild({ db }: Stores, id: string): Promise<void> {
  const incarnation = crypto.randomUUID()
  const about = { name: 'n', protocol: 3, slots: 1, leased_until: new Date() }
  await db
    .insertInto('nodes')
    .values({ id: nodeId, incarnation, inventory: JSON.stringify(inventory), ...about })
    .onConflict((c) => c.doNothing())
    .execute()
  const project = await db.selectFrom('projects').select('id').executeTakeFirstOrThrow()
  const base = { reference: 'base:1', pinned: `host/base@sha256:${'b'.repeat(64)}` }
  await db
    .insertInto('builds')
    .values({
      id,
      project_id: project.id,
      name: `${repository}:1.0`,
      repository,
      tag: '1.0',
      description: '',
      base_image: null,
      dockerfile: 'FROM base:1\n',
      options: JSON.stringify({ build_args: {}, labels: {} }),
      context: null,
      bases: JSON.stringify([base]),
      status: 'building',
      stage: 'publishing',
      attempt: 1,
      node_id: nodeId,
    })
    .execute()
  await db
    .insertInto('attempts')
    .values({ build_id: id, number: 1, node_id: nodeId, incarnation, reason: '' })
    .execute()
}

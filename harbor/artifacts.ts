import { z } from 'zod'
import { type Digest, parseDigest } from '#contract/image.ts'
import type { Send } from './connection.ts'
import { artifactPath, type RepositoryRef, repositoryPath } from './repository-path.ts'
import { listAll } from './pages.ts'
import { read } from './read.ts'
import { scanOverview } from './scans.ts'

const tagBody = z.object({
  name: z.string(),
  push_time: z.string().optional(),
  immutable: z.boolean().optional(),
})

const nothingIfNull = <T>(list: readonly T[] | null | undefined) => list ?? []

const artifactBody = z.object({
  id: z.number().int(),
  /** `IMAGE`, `CHART`, `SBOM`, … */
  type: z.string(),
  digest: z.string().transform(parseDigest),
  media_type: z.string().default(''),
  manifest_media_type: z.string().default(''),
  artifact_type: z.string().optional(),
  /** Manifest, config and layers, in bytes. */
  size: z.number().int().nonnegative(),
  push_time: z.string().optional(),
  tags: z.array(tagBody).nullish().transform(nothingIfNull),
  accessories: z
    .array(z.object({ type: z.string(), digest: z.string() }))
    .nullish()
    .transform(nothingIfNull),
  scan_overview: scanOverview.nullish().transform((overview) => overview ?? undefined),
  sbom_overview: z
    .object({ sbom_digest: z.string().optional(), scan_status: z.string().optional() })
    .nullish()
    .transform((overview) => overview ?? undefined),
})

export type HarborArtifact = z.infer<typeof artifactBody>
export type HarborTag = z.infer<typeof tagBody>

export interface HarborArtifacts {
  /** By tag or digest, with tags, scan and bill of materials. It tells digests also where a policy refuses the pull. */
  find(where: RepositoryRef, reference: string): Promise<HarborArtifact | undefined>
  /** Newest last. A repository that does not exist has none: Harbor does not tell the difference. */
  list(where: RepositoryRef): AsyncGenerator<HarborArtifact>
  tags(where: RepositoryRef, digest: Digest): AsyncGenerator<HarborTag>
  /** @returns false when the repository has a tag of that name, on whatever artifact: Harbor never moves one. */
  addTag(where: RepositoryRef, digest: Digest, tag: string): Promise<boolean>
  /** @returns false when the artifact has no such tag. */
  removeTag(where: RepositoryRef, digest: Digest, tag: string): Promise<boolean>
  /** Removes the artifact with all its tags and accessories. @returns false when there was none. */
  delete(where: RepositoryRef, digest: Digest): Promise<boolean>
  /** Copies within Harbor, without moving data; also all other tags of the artifact come along. Repeating it is well. */
  copy(from: RepositoryRef & { readonly digest: Digest }, to: RepositoryRef): Promise<void>
}

const flags = { with_tag: true, with_scan_overview: true, with_accessory: true }

export function createArtifacts(send: Send): HarborArtifacts {
  return {
    find: async (where, reference) => {
      const operation = `read the artifact ${reference}`
      const reply = await send({
        operation,
        method: 'GET',
        path: artifactPath(where, reference),
        query: { ...flags, with_sbom_overview: true, with_immutable_status: true },
        answers: [404],
      })
      return reply.status === 404 ? undefined : read(operation, artifactBody, reply)
    },
    list: (where) =>
      listAll(send, {
        operation: 'list the artifacts',
        path: `${repositoryPath(where)}/artifacts`,
        row: artifactBody,
        query: flags,
        sort: 'push_time',
      }),
    tags: (where, digest) =>
      listAll(send, {
        operation: 'list the tags',
        path: `${artifactPath(where, digest)}/tags`,
        row: tagBody,
        query: { with_immutable_status: true },
        sort: 'name',
      }),
    ...changes(send),
  }
}

function changes(send: Send): Pick<HarborArtifacts, 'addTag' | 'removeTag' | 'delete' | 'copy'> {
  return {
    addTag: async (where, digest, tag) => {
      const operation = `add the tag ${tag}`
      const path = `${artifactPath(where, digest)}/tags`
      const body = { name: tag }
      const reply = await send({ operation, method: 'POST', path, body, answers: [409] })
      return reply.status !== 409
    },
    removeTag: async (where, digest, tag) => {
      const operation = `remove the tag ${tag}`
      const path = `${artifactPath(where, digest)}/tags/${encodeURIComponent(tag)}`
      const reply = await send({ operation, method: 'DELETE', path, answers: [404] })
      return reply.status !== 404
    },
    delete: async (where, digest) => {
      const operation = `delete the artifact ${digest}`
      const path = artifactPath(where, digest)
      const reply = await send({ operation, method: 'DELETE', path, answers: [404] })
      return reply.status !== 404
    },
    copy: async ({ digest, ...from }, to) => {
      await send({
        operation: `copy the artifact ${digest}`,
        method: 'POST',
        path: `${repositoryPath(to)}/artifacts`,
        query: { from: `${from.project}/${from.repository}@${digest}` },
      })
    },
  }
}

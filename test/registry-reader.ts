import { createHash } from 'node:crypto'

/** The registry as somebody who pulls sees it. */
export interface RegistryReader {
  manifest(
    repository: string,
    reference: string,
  ): Promise<{ readonly status: number; readonly digest: string; readonly bytes: Uint8Array }>
  /** Sorted; empty when there is no such repository. */
  tags(repository: string): Promise<readonly string[]>
}

const prefix = 'kiln'

export function createRegistryReader(registry: {
  readonly url: string
  readonly username: string
  readonly password: string
}): RegistryReader {
  const authorization = `Basic ${btoa(`${registry.username}:${registry.password}`)}`
  const get = async (path: string) =>
    fetch(new URL(`/v2/${prefix}/${path}`, registry.url), {
      headers: { authorization, accept: 'application/vnd.oci.image.manifest.v1+json' },
    })
  return {
    manifest: async (repository, reference) => {
      const reply = await get(`${repository}/manifests/${reference}`)
      const bytes = new Uint8Array(await reply.arrayBuffer())
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      return { status: reply.status, digest, bytes }
    },
    tags: async (repository) => {
      const reply = await get(`${repository}/tags/list`)
      const { tags } = (await reply.json()) as { tags?: string[] | null }
      return (tags ?? []).toSorted()
    },
  }
}

import { createHash } from 'node:crypto'

/** The registry as somebody who pulls sees it. */
export interface RegistryReader {
  manifest(
    repository: string,
    reference: string,
  ): Promise<{ readonly status: number; readonly digest: string; readonly bytes: Uint8Array }>
  /** The image's configuration: environment, labels, layers. */
  config(repository: string, reference: string): Promise<ImageConfig>
  /** As the manifest lists them, the base's first. */
  layers(
    repository: string,
    reference: string,
  ): Promise<readonly { readonly mediaType: string; readonly digest: string }[]>
  /** Sorted; empty when there is no such repository. */
  tags(repository: string): Promise<readonly string[]>
}

export interface ImageConfig {
  readonly architecture: string
  readonly created?: string
  readonly config: {
    readonly Env?: readonly string[]
    readonly User?: string
    readonly Labels?: Readonly<Record<string, string>>
  }
  readonly rootfs: { readonly diff_ids: readonly string[] }
}

interface Manifest {
  readonly config: { readonly digest: string }
  readonly layers: readonly { readonly mediaType: string; readonly digest: string }[]
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
  const read = async (repository: string, reference: string) =>
    (await (await get(`${repository}/manifests/${reference}`)).json()) as Manifest
  return {
    manifest: async (repository, reference) => {
      const reply = await get(`${repository}/manifests/${reference}`)
      const bytes = new Uint8Array(await reply.arrayBuffer())
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      return { status: reply.status, digest, bytes }
    },
    config: async (repository, reference) => {
      const manifest = await read(repository, reference)
      const blob = await get(`${repository}/blobs/${manifest.config.digest}`)
      return (await blob.json()) as ImageConfig
    },
    layers: async (repository, reference) => (await read(repository, reference)).layers,
    tags: async (repository) => {
      const reply = await get(`${repository}/tags/list`)
      const { tags } = (await reply.json()) as { tags?: string[] | null }
      return (tags ?? []).toSorted()
    },
  }
}

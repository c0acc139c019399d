import { applyLayer, createTree, describeTree, type FileLine } from './image-tree.ts'

/** What a registry holds of an image, in a form that two images can be compared by. */
export interface PulledImage {
  /** The files by their path, each with its kind, mode, owner, target or digest and attributes in one line. */
  readonly files: Readonly<Record<string, FileLine>>
  readonly config: Readonly<Record<string, unknown>>
  /** What the history says of each step, and whether it made a layer. */
  readonly history: readonly { readonly step: string; readonly empty: boolean }[]
  readonly layers: number
  readonly platform: string
  readonly author: string
}

interface Manifest {
  readonly config: { readonly digest: string }
  /** BuildKit writes null where an image has none. */
  readonly layers: readonly { readonly digest: string; readonly mediaType: string }[] | null
}

interface Configuration {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly author?: string
  readonly config?: Readonly<Record<string, unknown>>
  readonly history?: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[]
  readonly rootfs: { readonly diff_ids: readonly string[] | null }
}

export interface Registry {
  readonly url: string
  readonly username: string
  readonly password: string
}

const accept = 'application/vnd.oci.image.manifest.v1+json'

/**
 * Pulls an image and applies its layers. `times` adds the files' times, which only mean something when the build was
 * told which time to write.
 */
export async function pullImage(
  registry: Registry,
  repository: string,
  digest: string,
  { times = false }: { readonly times?: boolean } = {},
): Promise<PulledImage> {
  const authorization = `Basic ${btoa(`${registry.username}:${registry.password}`)}`
  const get = async (path: string) => {
    const url = new URL(`/v2/${repository}/${path}`, registry.url)
    const reply = await fetch(url, { headers: { authorization, accept } })
    if (!reply.ok || reply.body === null) throw new Error(`${path}: ${reply.status}`)
    return reply
  }
  const manifest = (await (await get(`manifests/${digest}`)).json()) as Manifest
  const image = (await (await get(`blobs/${manifest.config.digest}`)).json()) as Configuration
  const tree = createTree()
  for (const { digest: layer, mediaType } of manifest.layers ?? []) {
    const { body } = await get(`blobs/${layer}`)
    if (body !== null) await applyLayer(tree, body, mediaType)
  }
  return {
    files: describeTree(tree, { times }),
    config: image.config ?? {},
    history: (image.history ?? []).map(({ created_by: step = '', empty_layer: empty = false }) => ({
      step,
      empty,
    })),
    layers: (image.rootfs.diff_ids ?? []).length,
    platform: [image.os, image.architecture, image.variant].filter(Boolean).join('/'),
    author: image.author ?? '',
  }
}

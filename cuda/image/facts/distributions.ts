import type { Overlay } from '../overlay.ts'

/** A Python distribution that is installed in the image. */
export interface Distribution {
  /** In lower case, as `jax_cuda12_plugin`. */
  readonly name: string
  readonly version: string
  /** The dist-info folder. */
  readonly path: string
  /** The site-packages that it is in. */
  readonly site: string
}

export function listDistributions(files: Overlay['files']): readonly Distribution[] {
  return [...files.keys()].flatMap((file) => {
    const match = /^((.*)\/([^/-]+)-([^/]+)\.dist-info)\/METADATA$/.exec(file)
    const [, path, site, name, version] = match ?? []
    if (path === undefined || site === undefined || name === undefined) return []
    return [{ path, site, name: name.toLowerCase(), version: version ?? '' }]
  })
}

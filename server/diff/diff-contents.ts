import type { ImageConfig, ImageContents, ImageLayer } from '#contract/image-contents.ts'
import { diffLists } from './diff-lists.ts'

/** What differs in how containers of two images start. Pure. */
export function diffConfigs(from: ImageConfig, to: ImageConfig) {
  return {
    env: diffLists(variables(from.env), variables(to.env)),
    labels: diffLists(new Map(Object.entries(from.labels)), new Map(Object.entries(to.labels))),
    settings: diffLists(settings(from), settings(to)),
  }
}

/** Which layers two images share, and which only one of them has. Pure. */
export function diffLayers(from: ImageContents, to: ImageContents) {
  const [before, now] = [from, to].map(({ layers }) => new Set(layers.map(({ digest }) => digest)))
  const shared = to.layers.filter(({ digest }) => before?.has(digest) === true)
  return {
    shared: { count: shared.length, bytes: shared.reduce((sum, { bytes }) => sum + bytes, 0) },
    removed: from.layers.filter(({ digest }) => now?.has(digest) !== true).map(showLayer),
    added: to.layers.filter(({ digest }) => before?.has(digest) !== true).map(showLayer),
  }
}

export function showLayer({ digest, bytes, mediaType, madeBy }: ImageLayer) {
  return { digest, size: bytes, media_type: mediaType, made_by: madeBy }
}

/** Of a variable that is set twice the last value counts. */
function variables(env: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    env.map((line) => {
      const at = line.indexOf('=')
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}

function settings({ os, architecture, user, workdir, entrypoint, cmd }: ImageConfig) {
  const all: Readonly<Record<string, string | null>> = {
    os,
    architecture,
    user,
    workdir,
    entrypoint: entrypoint && JSON.stringify(entrypoint),
    cmd: cmd && JSON.stringify(cmd),
  }
  return new Map(
    Object.entries(all).flatMap(([name, value]): [string, string][] =>
      value === null || value === '' ? [] : [[name, value]],
    ),
  )
}

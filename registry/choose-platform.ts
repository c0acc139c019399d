import { parsePlatform } from '#contract/platform.ts'
import { imageIndex } from '#contract/wire/image-manifest.ts'
import { readJson } from './read-json.ts'

/** The digest of the image for a platform such as `linux/arm64`; `undefined` when the bytes are no index, or have none. */
export function choosePlatform(index: Uint8Array, platform: string): string | undefined {
  return imageIndex.safeParse(readJson(index)).data?.manifests.find(({ platform: one }) => {
    if (one === undefined) return false
    const variant = one.variant === undefined ? '' : `/${one.variant}`
    return parsePlatform(`${one.os}/${one.architecture}${variant}`) === platform
  })?.digest
}

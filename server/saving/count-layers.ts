import { maxImageLayers } from '#contract/wire/save.ts'
import { readContents } from '../../records/contents.ts'
import type { Db } from '../../records/connect.ts'
import { Refusal } from '../refusal.ts'

/** How many layers an image of the library has; `null` while nobody has read what it is made of. */
export async function countLayers(db: Db, digest: string): Promise<number | null> {
  return (await readContents(db, [digest])).get(digest)?.layers.length ?? null
}

/** @param layers of the image that would be made. @throws Refusal when no runtime takes so many. */
export function requireFewLayers(layers: number): void {
  if (layers <= maxImageLayers) return
  const message = `it would have ${layers} layers, and container runtimes take ${maxImageLayers}: squash makes those of saves one`
  throw new Refusal('too_many_layers', message)
}

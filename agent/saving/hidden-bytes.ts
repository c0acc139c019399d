import { readMarks } from './read-marks.ts'
import { createSizes } from './sizes.ts'
import { readEntry, walkUpper } from './walk-upper.ts'

export interface Over {
  /** Folder of the image, and of what is written over it. */
  readonly lower: string
  readonly upper: string
}

/**
 * What files of the image that are deleted or replaced take, in bytes: they stay in its layers, and nobody sees them. Programs may
 * go on meanwhile.
 */
export async function hiddenBytes(
  { lower, upper }: Over,
  isLeftOut: (path: string) => boolean,
  signal: AbortSignal,
): Promise<number> {
  const folders: string[] = []
  for await (const { path, kind } of walkUpper(upper, isLeftOut)) {
    if (kind === 'folder') folders.push(path)
  }
  const { opaque } = await readMarks(upper, folders, signal, true)
  const sizes = createSizes()
  const add = async (path: string) => {
    const entry = await readEntry(lower, path)
    if (entry === undefined) return
    sizes.add(entry)
    if (entry.kind !== 'folder') return
    for await (const below of walkUpper(lower, () => false, path)) sizes.add(below)
  }
  let counted: string | undefined
  for await (const { path, kind } of walkUpper(upper, isLeftOut)) {
    signal.throwIfAborted()
    if (counted !== undefined && path.startsWith(`${counted}/`)) continue
    counted = kind === 'folder' && opaque.has(path) ? path : undefined
    if (kind !== 'folder' || counted !== undefined) await add(path)
  }
  return sizes.read(0).bytes
}

import { findMarks } from './marks.ts'
import type { Reader } from './reader.ts'

/**
 * The note of a forward compatibility library: JSON that names its CUDA version and the driver branches that it works
 * on. Source: cmd/nvidia-cdi-hook/cudacompat of the NVIDIA container toolkit 1.20.
 */
export function readCompat(): Reader {
  let note: { readonly cuda: string; readonly branches: readonly number[] } | undefined
  const marks = findMarks('"CUDA Version"', (before, from) => {
    note ??= parse(before.slice(before.lastIndexOf('{')) + from.slice(0, from.indexOf('}') + 1))
  })
  return {
    write: marks.write,
    end: () => {
      marks.end()
      return note && { kind: 'compat', ...note }
    },
  }
}

function parse(text: string) {
  try {
    const note: unknown = JSON.parse(text)
    if (typeof note !== 'object' || note === null) return undefined
    const cuda: unknown = Reflect.get(note, 'CUDA Version')
    const branches: unknown = Reflect.get(note, 'Driver')
    if (typeof cuda !== 'string' || !Array.isArray(branches)) return undefined
    return { cuda, branches: branches.filter((each) => Number.isInteger(each)).map(Number) }
  } catch {
    return undefined
  }
}

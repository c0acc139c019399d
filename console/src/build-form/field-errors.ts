import { ServerError } from '../../../client/server-error.ts'

/** What the API has against a form: at the lines of its Dockerfile, at its fields, and the rest. */
export interface FieldErrors {
  readonly lines: readonly { readonly line: number; readonly message: string }[]
  /** By the name of a field of the form. */
  readonly fields: ReadonlyMap<string, readonly string[]>
}

/** Fields of the form by how the API calls them or the folder that they are in. */
const places: readonly (readonly [pattern: RegExp, field: string])[] = [
  [/^project$/, 'project'],
  [/^name$/, 'name'],
  [/^description$/, 'description'],
  [/^base_image$/, 'baseImage'],
  [/^contexts?(\.|$)/, 'context'],
  [/^packages\.(apt|pip|conda|requirements|environment|pyproject|lock)\b/, '$1'],
  [/^packages\.conda_channels\b/, 'channels'],
  [/^packages$/, 'packages'],
  [/^options\.(target|platform|labels|secrets|network|compression|cache)\b/, '$1'],
  [/^options\.build_args\b/, 'buildArgs'],
  [/^options\.limits\.(memory|cpus)\b/, '$1'],
  [/^options\.timeouts\.build\b/, 'buildMinutes'],
  [/^dockerfile$/, 'dockerfile'],
]

/** Pure. */
export function readFieldErrors(error: unknown): FieldErrors {
  const errors = error instanceof ServerError ? (error.problem?.errors ?? []) : []
  const fields = new Map<string, string[]>()
  const lines: { line: number; message: string }[] = []
  for (const { field = '', line, message } of errors) {
    if (line !== undefined && field === 'dockerfile') {
      lines.push({ line, message })
      continue
    }
    const place = placeOf(field)
    if (place === undefined) continue
    fields.set(place, [...(fields.get(place) ?? []), `${itemOf(field, line)}${message}`])
  }
  return { lines, fields }
}

function placeOf(field: string): string | undefined {
  for (const [pattern, name] of places) {
    const match = pattern.exec(field)
    if (match !== null) return name === '$1' ? match[1] : name
  }
  return undefined
}

/** Which item of a list, or line of a file, is meant. */
function itemOf(field: string, line: number | undefined): string {
  const index = /\[(\d+)\]|\.(\d+)$/.exec(field)
  if (index !== null) return `${Number(index[1] ?? index[2]) + 1}: `
  return line === undefined ? '' : `${line}: `
}

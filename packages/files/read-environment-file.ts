import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { PackageLists } from '#contract/packages.ts'
import type { ItemProblem, ListedItem, ReadFile } from '../listed-item.ts'

const field = 'packages.environment'
/** What says nothing of the packages of an image that has one environment. */
const ignored: ReadonlySet<string> = new Set(['name', 'prefix'])

/** An environment.yml of conda: channels, dependencies and, among these, those of pip. Pure. */
export function readEnvironmentFile(text: string): ReadFile {
  const lines = new LineCounter()
  // Without aliases: one of them could stand for more than fits anywhere.
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe' })
  const [error] = document.errors
  const first = error?.pos[0] ?? 0
  if (error !== undefined) return refused(lines.linePos(first).line, 'is no YAML')
  if (!isMap(document.contents)) return refused(1, 'is no environment: expected "dependencies:"')
  const reader = new EnvironmentReader(lines)
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : ''
    if (name === 'channels') reader.list('conda_channels', value)
    else if (name === 'dependencies') reader.list('conda', value)
    else if (!ignored.has(name)) reader.refuse(key, `"${name.slice(0, 40)}" is not taken`)
  }
  return reader
}

class EnvironmentReader implements ReadFile {
  readonly items: ListedItem[] = []
  readonly problems: ItemProblem[] = []
  readonly #lines: LineCounter

  constructor(lines: LineCounter) {
    this.#lines = lines
  }

  list(list: keyof PackageLists, value: unknown): void {
    if (!isSeq(value)) {
      if (!isScalar(value) || value.value !== '') this.refuse(value, 'expected a list')
      return
    }
    for (const one of value.items) {
      if (isScalar(one)) this.items.push({ ...this.#place(one), list, text: String(one.value) })
      else if (list === 'conda' && isMap(one)) this.#pip(one.items)
      else this.refuse(one, 'expected a name')
    }
  }

  #pip(pairs: readonly { readonly key: unknown; readonly value: unknown }[]): void {
    for (const { key, value } of pairs) {
      if (isScalar(key) && key.value === 'pip') this.list('pip', value)
      else this.refuse(key, 'expected "pip:"')
    }
  }

  refuse(node: unknown, message: string): void {
    this.problems.push({ ...this.#place(node), message })
  }

  #place(node: unknown) {
    const at = isNode(node) ? node.range?.[0] : undefined
    return { field, line: this.#lines.linePos(at ?? 0).line }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value
}

function refused(line: number, message: string): ReadFile {
  return { items: [], problems: [{ field, line, message }] }
}

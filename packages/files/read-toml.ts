import { parse, TomlError } from 'smol-toml'
import type { ReadFile } from '../listed-item.ts'

export type Table = Readonly<Record<string, unknown>>

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The first line in which a text stands; 1 where none is found: a table can be written in many ways. */
export function lineOf(file: string, text: string): number {
  const index = file.split('\n').findIndex((line) => line.includes(text))
  return Math.max(0, index) + 1
}

/** The table that a file is. */
export function readToml(text: string, place: string): { readonly table: Table } | ReadFile {
  try {
    return { table: parse(text) }
  } catch (error) {
    const line = error instanceof TomlError ? error.line : 1
    return { items: [], problems: [{ field: place, line, message: 'is no TOML' }] }
  }
}

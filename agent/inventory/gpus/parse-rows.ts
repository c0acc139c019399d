export type Row<Field extends string> = Readonly<Record<Field, string>>

/**
 * Reads what nvidia-smi prints with `--format=csv,noheader,nounits`: one row a line. A line with fewer fields is no row;
 * of a line with more, the rest belongs to the last field, which for processes is a name that may hold commas.
 */
export function parseRows<Field extends string>(
  csv: string,
  fields: readonly Field[],
): readonly Row<Field>[] {
  return csv.split('\n').flatMap((line) => {
    const parts = line.trimEnd().split(', ')
    if (parts.length < fields.length) return []
    const values = [...parts.slice(0, fields.length - 1), parts.slice(fields.length - 1).join(', ')]
    // eslint-disable-next-line typescript/no-unsafe-type-assertion
    return [Object.fromEntries(fields.map((field, index) => [field, values[index]])) as Row<Field>]
  })
}

/** A number, or `undefined` for `[N/A]`, `[Not Supported]`, `[Unknown Error]` and the like, which are values too. */
export function numberOf(value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

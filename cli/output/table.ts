import stringWidth from 'string-width'

/** Rows below a heading, each column as wide as its widest cell. Pure. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const all = [heading, ...rows]
  const widths = heading.map((_, at) => Math.max(...all.map((row) => stringWidth(row[at] ?? ''))))
  return all.map((row) =>
    row
      .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - stringWidth(cell)))
      .join('  ')
      .trimEnd(),
  )
}

/** Names before what they mean, one a line. Pure. */
export function pairs(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([name]) => stringWidth(name)))
  return rows.map(([name, value]) =>
    `${name}${' '.repeat(width - stringWidth(name))}  ${value}`.trimEnd(),
  )
}

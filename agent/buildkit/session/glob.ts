/** One piece of a pattern: `**` with the slash after it, `*`, `?`, a class, an escaped character, any other character. */
const piece =
  /(?<deep>\*\*\/?)|(?<star>\*)|(?<one>\?)|(?<set>\[)|\\(?<escaped>.)|(?<plain>[^\\])/suy
/** A class such as `[a-z_]` or `[^\]]`: at least one character or range, each perhaps escaped. */
const characterClass = /\[(?<not>\^?)(?<body>(?:(?:\\.|[^\\\]-])(?:-(?:\\.|[^\\\]-]))?)+)\]/suy

/**
 * A pattern as BuildKit reads it, as a regular expression over whole paths: `*` and `?` stop at a slash, `**` does not,
 * and `a**b` means the same as `a**` + `/b` or `ab`. @throws Error that names a pattern which is not one.
 */
export function globExpression(glob: string): RegExp {
  let source = ''
  let at = 0
  while (at < glob.length) {
    const { deep, star, one, set, escaped, plain } = match(piece, glob, at)
    at = piece.lastIndex
    if (deep !== undefined) source += at === glob.length ? '[^\\n]*' : '(?:[^\\n]*/)?'
    else if (star !== undefined) source += '[^/]*'
    else if (one !== undefined) source += '[^/]'
    else if (set === undefined)
      source += (escaped ?? plain ?? '').replace(/[$()*+.?[\\\]^{|}]/u, '\\$&')
    else {
      const { not, body } = match(characterClass, glob, at - 1)
      at = characterClass.lastIndex
      source += `[${not}${escapeClass(body ?? '')}]`
    }
  }
  try {
    return new RegExp(`^${source}$`, 'u')
  } catch (error) {
    throw new Error(`"${glob}" is not a pattern`, { cause: error })
  }
}

function match(expression: RegExp, glob: string, at: number): Partial<Record<string, string>> {
  expression.lastIndex = at
  const groups = expression.exec(glob)?.groups
  if (groups === undefined) throw new Error(`"${glob}" is not a pattern`)
  return groups
}

/** Escapes what stands for itself and leaves the dashes of ranges. */
function escapeClass(body: string): string {
  return body.replace(/\\(.)|\[|\^/gsu, (whole, escaped: string | undefined) =>
    (escaped ?? whole).replace(/[\\\]^[-]/u, '\\$&'),
  )
}

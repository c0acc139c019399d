import { followGlob } from './follow-glob.ts'

/** A piece of a pattern. A `set` takes one character, `deep` any number of folders, `rest` all that is left. */
export type GlobPiece =
  | { readonly kind: 'deep' | 'rest' | 'star' | 'one' }
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'set'; readonly source: string }

const pieceStart =
  /(?<deep>\*\*\/?)|(?<star>\*)|(?<one>\?)|(?<set>\[)|\\(?<escaped>.)|(?<plain>[^\\])/suy
/** A class such as `[a-z_]` or `[^\]]`: at least one character or range, each perhaps escaped. */
const characterClass = /\[(?<not>\^?)(?<body>(?:(?:\\.|[^\\\]-])(?:-(?:\\.|[^\\\]-]))?)+)\]/suy

/** With more of them an expression may take time that grows with the length of the path to that power. */
const maxWildcards = 2

/**
 * Whether a whole path is what a pattern means to BuildKit: `*` and `?` stop at a slash, `**` does not, and `a**b` means
 * the same as `a**` + `/b` or `ab`. No pattern makes it slow. @throws Error that names a pattern which is not one.
 */
export function createGlob(glob: string): (path: string) => boolean {
  const pieces = parseGlob(glob)
  const expression = toExpression(pieces, glob)
  const wildcards = pieces.filter(({ kind }) => /^(deep|rest|star)$/.test(kind)).length
  if (wildcards <= maxWildcards) return (path) => expression.test(path)
  return (path) => followGlob(pieces, path)
}

function parseGlob(glob: string): readonly GlobPiece[] {
  const pieces: GlobPiece[] = []
  let at = 0
  while (at < glob.length) {
    const { deep, star, one, set, escaped, plain } = match(pieceStart, glob, at)
    at = pieceStart.lastIndex
    if (deep !== undefined) pieces.push({ kind: at === glob.length ? 'rest' : 'deep' })
    else if (star !== undefined) pieces.push({ kind: 'star' })
    else if (one !== undefined) pieces.push({ kind: 'one' })
    else if (set === undefined) pieces.push({ kind: 'char', char: escaped ?? plain ?? '' })
    else {
      const { not, body } = match(characterClass, glob, at - 1)
      at = characterClass.lastIndex
      pieces.push({ kind: 'set', source: `[${not}${escapeClass(body ?? '')}]` })
    }
  }
  return pieces
}

function toExpression(pieces: readonly GlobPiece[], glob: string): RegExp {
  const source = pieces.map((piece) => {
    if (piece.kind === 'char') return piece.char.replace(/[$()*+.?[\\\]^{|}]/u, '\\$&')
    if (piece.kind === 'set') return piece.source
    return { deep: '(?:[^\\n]*/)?', rest: '[^\\n]*', star: '[^/]*', one: '[^/]' }[piece.kind]
  })
  try {
    return new RegExp(`^${source.join('')}$`, 'u')
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

const variables: ReadonlySet<string> = new Set([
  'os_name',
  'sys_platform',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'python_version',
  'python_full_version',
  'implementation_name',
  'implementation_version',
])

// Fewer characters than PEP 508 has in a text: no value that anyone compares with needs more.
const token =
  / *(?:([a-z_]+)|(===|==|~=|!=|<=|>=|<|>)|'([A-Za-z0-9._+* -]*)'|"([A-Za-z0-9._+* -]*)"|([()]))/y
const maxDepth = 16

type Token =
  | { readonly kind: 'word' | 'operator' | 'bracket'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }

/**
 * A marker of PEP 508 such as `python_version < "3.11" and sys_platform == "linux"`, in one way of writing it.
 * `undefined` when it is none. `extra` is not taken: it means something only within the metadata of a package. Pure.
 */
export function readMarker(text: string): string | undefined {
  const tokens = split(text)
  if (tokens === undefined) return undefined
  const reader = new MarkerReader(tokens)
  const read = reader.either(0)
  return reader.isAtEnd ? read : undefined
}

function split(text: string): readonly Token[] | undefined {
  const tokens: Token[] = []
  const end = text.replace(/ +$/, '')
  token.lastIndex = 0
  while (token.lastIndex < end.length) {
    const match = token.exec(end)
    if (match === null) return undefined
    const [, word, operator, single, double, bracket] = match
    const literal = single ?? double
    if (literal !== undefined) tokens.push({ kind: 'text', text: `"${literal}"` })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator })
    else tokens.push({ kind: 'bracket', text: bracket ?? '' })
  }
  return tokens
}

/** Each method reads what it is called, and is `undefined` where there is none. */
class MarkerReader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length
  }

  either(depth: number): string | undefined {
    return this.#joined('or', () => this.#both(depth))
  }

  #both(depth: number): string | undefined {
    return this.#joined('and', () => this.#one(depth))
  }

  #joined(word: 'or' | 'and', read: () => string | undefined): string | undefined {
    let all = read()
    while (all !== undefined && this.#take('word', word)) {
      const next = read()
      all = next === undefined ? undefined : `${all} ${word} ${next}`
    }
    return all
  }

  #one(depth: number): string | undefined {
    if (!this.#take('bracket', '(')) return this.#comparison()
    const inside = depth < maxDepth ? this.either(depth + 1) : undefined
    return inside !== undefined && this.#take('bracket', ')') ? `(${inside})` : undefined
  }

  #comparison(): string | undefined {
    const left = this.#operand()
    const operator = this.#operator()
    const right = this.#operand()
    if (left === undefined || operator === undefined || right === undefined) return undefined
    // Two texts say nothing of where the package is installed.
    return left.startsWith('"') && right.startsWith('"')
      ? undefined
      : `${left} ${operator} ${right}`
  }

  #operand(): string | undefined {
    const found = this.#tokens[this.#at]
    const fits = found?.kind === 'text' || (found?.kind === 'word' && variables.has(found.text))
    if (!fits) return undefined
    this.#at += 1
    return found.text
  }

  #operator(): string | undefined {
    if (this.#take('word', 'in')) return 'in'
    if (this.#take('word', 'not')) return this.#take('word', 'in') ? 'not in' : undefined
    const found = this.#tokens[this.#at]
    if (found?.kind !== 'operator') return undefined
    this.#at += 1
    return found.text
  }

  #take(kind: Token['kind'], text: string): boolean {
    const found = this.#tokens[this.#at]
    const fits = found?.kind === kind && found.text === text
    if (fits) this.#at += 1
    return fits
  }
}

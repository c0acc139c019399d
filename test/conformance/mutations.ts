/** What is put somewhere into a text. */
const bits: readonly string[] = [
  '"',
  "'",
  '\\',
  '\\\n',
  '\\ \n',
  '`',
  '${',
  '}',
  '${A:-x}',
  '# x\n',
  '<',
  '<<EOF',
  'EOF',
  '\n\n',
  '\r\n',
  '\0',
  '\uFEFF',
  'é',
  '["a", "b"]',
  'FROM x AS y\n',
  'ARG A=1 B=2\n',
  'ENV a b\n',
  'ONBUILD ',
  'FROM ',
  'RUN ',
  'HEALTHCHECK ',
  '--from=x',
  '@sha256:',
  ...Array.from('$#\t \n-=[]:/0a'),
]

export interface Mutator {
  /** One of the seeds with one to three things changed in it. */
  next(): string
}

/** Breaks Dockerfiles as people, editors and programs do, always in the same way for the same seeds and number. */
export function createMutator(seeds: readonly string[], number: number): Mutator {
  const random = createRandom(number)
  const below = (limit: number) => Math.floor(random() * limit)
  const pick = (list: readonly string[]) => list[below(list.length)] ?? ''
  const mutations: readonly ((text: string, lines: readonly string[]) => string)[] = [
    (_, lines) => lines.toSpliced(below(lines.length), 1).join('\n'),
    (_, lines) => lines.toSpliced(below(lines.length), 0, pick(lines)).join('\n'),
    (_, lines) => lines.with(below(lines.length), pick(lines)).join('\n'),
    (_, lines) => lines.toSpliced(below(lines.length), 0, pick(pick(seeds).split('\n'))).join('\n'),
    (_, lines) => changeWord(lines, below, () => ''),
    (_, lines) => changeWord(lines, below, () => pick(pick(seeds).split(/\s/))),
    (text) => cut(text, below(text.length), 1 + below(4), ''),
    (text) => cut(text, below(text.length), 0, pick(bits)),
    (text) => cut(text, below(text.length), 0, pick(bits)),
  ]
  return {
    next: () => {
      let text = pick(seeds)
      for (let left = 1 + below(3); left > 0; left -= 1) {
        text = mutations[below(mutations.length)]?.(text, text.split('\n')) ?? text
      }
      return text
    },
  }
}

function cut(text: string, at: number, length: number, put: string): string {
  return text.slice(0, at) + put + text.slice(at + length)
}

function changeWord(
  lines: readonly string[],
  below: (limit: number) => number,
  word: () => string,
): string {
  const at = below(lines.length)
  const words = (lines[at] ?? '').split(' ')
  return lines.with(at, words.with(below(words.length), word()).join(' ')).join('\n')
}

/** Mulberry32: numbers from 0 to 1 that are the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { StoredLine } from './read-lines.ts'
import { searchLines } from './search-lines.ts'
import { writeDownload } from './write-download.ts'

const stored = (line: number, text: string, rest: Partial<StoredLine> = {}): StoredLine => ({
  attempt: 1,
  line,
  origin: { at: 0, stage: 'building', step: 2, stream: 'stdout' },
  continued: false,
  text,
  ...rest,
})
async function* some(...lines: readonly StoredLine[]) {
  yield* lines
}
const search = { text: 'error', ignoreCase: false, stage: undefined, limit: 50 }

describe('searchLines', () => {
  it('finds text letter by letter in what is shown, and says where it stands', async () => {
    const lines = some(stored(1, 'all well'), stored(2, 'an \u001B[31mer\u001B[0mror: a.*b'))
    expect(await searchLines(lines, { ...search, text: 'error: a.*' })).toEqual({
      matches: [
        {
          attempt: 1,
          line: 2,
          stage: 'building',
          step: 2,
          stream: 'stdout',
          at: '1970-01-01T00:00:00.000Z',
          text: 'an error: a.*b',
          from: 3,
          to: 13,
        },
      ],
    })
  })

  it('ignores case and other stages when it is told to', async () => {
    const pushing = { origin: { at: 0, stage: 'pushing', step: 1, stream: 'stderr' } } as const
    const lines = () => some(stored(1, 'ERROR'), stored(2, 'Error', pushing))
    expect((await searchLines(lines(), search)).matches).toEqual([])
    const any = await searchLines(lines(), { ...search, ignoreCase: true })
    expect(any.matches.map(({ line }) => line)).toEqual([1, 2])
    const one = await searchLines(lines(), { ...search, ignoreCase: true, stage: 'pushing' })
    expect(one.matches.map(({ line }) => line)).toEqual([2])
  })

  it('gives a page and the place to go on from', async () => {
    const lines = some(
      stored(1, 'error'),
      stored(2, 'fine'),
      stored(3, 'error'),
      stored(4, 'error'),
    )
    const page = await searchLines(lines, { ...search, limit: 2 })
    expect(page.matches.map(({ line }) => line)).toEqual([1, 3])
    expect(page.next_cursor).toBe('1.3')
  })

  it('reads only so much at once, also when nothing is found', async () => {
    const long = 'x'.repeat(40 * 1024 * 1024)
    const page = await searchLines(
      some(stored(1, long), stored(2, long), stored(3, 'error')),
      search,
    )
    expect(page).toEqual({ matches: [], next_cursor: '1.2' })
  })

  it('shows only what stands around a match in a long line', async () => {
    const { matches } = await searchLines(
      some(stored(1, `${'a'.repeat(5000)}error${'b'.repeat(5000)}`)),
      search,
    )
    expect(matches[0]?.text).toHaveLength(256 + 5 + 256)
    expect(matches[0]?.text.slice(matches[0].from, matches[0].to)).toBe('error')
  })
})

describe('writeDownload', () => {
  const lines = () =>
    some(
      stored(1, '\u001B[2Jone'),
      stored(2, 'long'),
      stored(3, ' line', { continued: true }),
      stored(1, 'again', { attempt: 2 }),
    )
  const text = async (raw: boolean) =>
    (await Readable.from(writeDownload(lines(), { raw })).toArray()).join('')

  it('writes attempts and whole lines, safe to show', async () => {
    expect(await text(false)).toBe('# attempt 1\none\nlong line\n# attempt 2\nagain\n')
  })

  it('keeps what the build wrote when that is wanted', async () => {
    expect(await text(true)).toContain('\u001B[2Jone\n')
  })
})

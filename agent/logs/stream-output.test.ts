import { describe, expect, it } from 'vitest'
import { maxLineBytes } from '#contract/log-block.ts'
import { createMask } from './mask-secrets.ts'
import { createStreamOutput } from './stream-output.ts'

const secret = 'correct horse battery staple'
const mask = createMask([Buffer.from(secret)])

function collect(limit?: number) {
  const told: string[] = []
  const reader = {
    line: (text: Uint8Array) => void told.push(Buffer.from(text).toString()),
    leftOut: (remark: string) => void told.push(remark),
  }
  return { told, output: createStreamOutput(reader, { mask, ...(limit && { limit }) }) }
}

describe('the output of a step', () => {
  it('is kept whole below the limit, also without a last line end', () => {
    const { told, output } = collect()
    for (const part of ['a\nb', 'c\n', 'd']) output.write(Buffer.from(part))
    output.end()
    expect(told).toEqual(['a', 'bc', 'd'])
  })

  it('is cut at the limit, says how much is missing and still shows its end', () => {
    const { told, output } = collect(10_000)
    const line = (index: number) => `line ${String(index).padStart(95, '.')}`
    for (let index = 0; index < 5_000; index += 1) output.write(Buffer.from(`${line(index)}\n`))
    output.end()
    const at = told.findIndex((text) => text.startsWith('['))
    const kept = told.slice(0, at).length
    const end = told.length - at - 1
    expect(told.slice(0, at)).toEqual(Array.from({ length: kept }, (_, index) => line(index)))
    expect(told.slice(at + 1)).toEqual(
      Array.from({ length: end }, (_, index) => line(5_000 - end + index)),
    )
    expect(end * 101).toBeGreaterThan(60_000)
    expect(told[at]).toBe(
      `[${Math.ceil(((5_000 - kept - end) * 101) / 1024)} KiB of output left out: 10 KiB are kept, and the end]`,
    )
  })

  it('costs as much for empty lines, so that they end as well', () => {
    const { told, output } = collect(6_400)
    output.write(Buffer.from('\n'.repeat(200_000)))
    output.end()
    expect(told.findIndex((text) => text.startsWith('['))).toBe(100)
  })

  it('shows all of the end when nothing is missing', () => {
    const { told, output } = collect(200)
    for (const text of ['a\nb\n', 'c\nd\n', 'e\n']) output.write(Buffer.from(text))
    output.end()
    expect(told.filter((text) => !text.startsWith('['))).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('is told as cut where the daemon has cut it', () => {
    const { told, output } = collect()
    output.write(Buffer.from('a\n\n[output clipped, log limit 2MiB reached]\nlast\n'))
    output.end()
    expect(told).toEqual(['a', '', '[the build daemon left out output here]', 'last'])
    const over = collect(100)
    over.output.write(
      Buffer.from('a\nb\nc\n\n[output clipped, log limit 200KiB/s reached]\nlast\n'),
    )
    over.output.end()
    expect(over.told).toEqual(['a', expect.stringContaining('more than'), 'b', 'c', '', 'last'])
  })

  it.each([1_000, 32 * 1024, 200 * 1024])(
    'shows no part of a secret that lies across the cut of a long line, in writes of %i bytes',
    (size) => {
      for (let before = maxLineBytes - secret.length; before <= maxLineBytes; before += 9) {
        const { told, output } = collect()
        const bytes = Buffer.from(`${'.'.repeat(before)}${secret}${'.'.repeat(maxLineBytes)}\n`)
        for (let at = 0; at < bytes.length; at += size) {
          output.write(bytes.subarray(at, at + size))
        }
        output.end()
        expect(told.join('').replaceAll('.', '')).toBe('***')
      }
    },
  )

  it('shows no end of a secret where the end of a long line over the limit begins', () => {
    for (let after = 64 * 1024 - secret.length; after <= 64 * 1024; after += 3) {
      const { told, output } = collect(10_000)
      output.write(Buffer.from('.'.repeat(200_000)))
      output.write(Buffer.from(`${secret}${'.'.repeat(after)}`))
      output.end()
      expect(told.join('')).not.toMatch(/[a-z] ?[a-z]*staple|aple|e\.\./)
    }
  })
})

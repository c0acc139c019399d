import { expect, it } from 'vitest'
import { readLines } from './read-lines.ts'

const blocks = 20

it('lets others have their turn after each block', async () => {
  let turns = 0
  let isRead = false
  const others = () => {
    turns += 1
    if (!isRead) setImmediate(others)
  }
  setImmediate(others)
  const bytes = Buffer.from('@1 building 1 stdout\n=x\n')
  const logs = {
    read: async (_: unknown, line: number) =>
      line < blocks ? { start: line, lines: 1, bytes } : undefined,
  }
  const texts: string[] = []
  const lines = readLines(logs, 'build-1', { attempt: 1, line: 0 }, 1)
  for await (const { text } of lines) texts.push(text)
  isRead = true
  expect(texts).toHaveLength(blocks)
  expect(turns).toBeGreaterThanOrEqual(blocks)
})

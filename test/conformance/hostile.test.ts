import { expect, it } from 'vitest'
import { createCaseMutator, refusalsOf } from './hostile.ts'

it('never fails on a broken Dockerfile, and names the line of whatever it refuses', async () => {
  const mutator = await createCaseMutator(1)
  let refused = 0
  for (let count = 0; count < 1000; count += 1) {
    const dockerfile = mutator.next()
    const lines = dockerfile.split('\n').length
    const errors = refusalsOf(dockerfile)
    refused += Math.min(1, errors.length)
    for (const { line = 0, message } of errors) {
      expect(message).not.toBe('')
      expect(line).toBeGreaterThan(0)
      expect(line).toBeLessThanOrEqual(lines)
    }
  }
  expect(refused).toBeGreaterThan(200)
  expect(refused).toBeLessThan(800)
})

const long = (line: string) => line.repeat(Math.floor(131_072 / line.length) - 4)

it.each([
  ['a stage name that takes a pattern for ever', `FROM a AS ${'a'.repeat(100)}!\n`],
  ['a variable in front of everything', 'EXPOSE $PORT\nFROM a\n'],
  ['words that are none of ours', long('x\n')],
  ['nothing but comments', long('# x=y\n')],
  ['nothing but stages', long('FROM a\n')],
  ['stages with variables', long('FROM a\nRUN $A\n')],
  [
    'stages on stages',
    Array.from({ length: 5000 }, (_, i) => `FROM a${i} AS a${i + 1}\n`).join(''),
  ],
  ['arguments', `${long('ARG A=$A$A\n')}FROM $A\n`],
  ['variables in a line', `FROM a\nENV ${long('A=$B \\\n')}C=D\n`],
  ['flags in a line', `FROM a\nCOPY ${long('--x=y \\\n')}a b\n`],
  ['heredocs', `FROM a\n${long('RUN <<A <<B\nA\nB\n')}`],
  ['substitutions in each other', `FROM ${'${A:-'.repeat(10_000)}\n`],
  ['patterns', `ARG A=${'a'.repeat(1000)}\n${long(`FROM \${A//${'*a'.repeat(50)}b/c}\n`)}`],
])('ends on %s', (_, dockerfile) => {
  for (const { line } of refusalsOf(dockerfile)) expect(line).toBeGreaterThan(0)
})

import { expect, it } from 'vitest'
import { exampleImages, exampleNodes } from './fixtures/example-fleet.ts'
import { exampleMatrix } from './fixtures/example-matrix.ts'
import { judge } from './judge.ts'

it('gives every image of the example fleet its verdict on every node', () => {
  const lines = [...exampleImages].flatMap(([image, facts]) =>
    [...exampleNodes].map(([node, nodeClass]) => {
      const { verdict, reasons } = judge(facts, nodeClass)
      const words = reasons.map(({ severity, code }) => `${severity}:${code}`).join('; ')
      return `${image} | ${node} | ${verdict} | ${words}`.trimEnd()
    }),
  )
  expect(lines).toEqual(exampleMatrix.trim().split('\n'))
})

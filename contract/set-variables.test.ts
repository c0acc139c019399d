import { expect, it } from 'vitest'
import { setVariables } from './set-variables.ts'

it('has what is empty as not set, and nothing else', () => {
  const set = setVariables({ EMPTY: '', BLANK: ' ', ZERO: '0' })
  expect(['EMPTY', 'BLANK', 'ZERO', 'OTHER'].map((name) => set[name])).toEqual([
    undefined,
    ' ',
    '0',
    undefined,
  ])
})

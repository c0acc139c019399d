import { expect, it } from 'vitest'
import { readStageNames } from './stage-names.ts'

it('leaves out stages without a name', () => {
  expect(readStageNames('FROM a AS one\nFROM b\nFROM one as Two\n')).toEqual(['one', 'Two'])
})

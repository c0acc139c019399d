import { expect, it } from 'vitest'
import { composeRecipe } from './recipe.ts'

const options = { build_args: { A: '1' } }

it('puts the base in front of a Dockerfile that has no FROM', () => {
  expect(composeRecipe({ dockerfile: 'RUN true\n', base_image: 'app:1', options })).toEqual({
    dockerfile: 'FROM app:1\nRUN true\n',
    addedLines: 1,
    buildArgs: { A: '1' },
  })
})

it('offers the base as an argument to a Dockerfile that has a FROM', () => {
  const dockerfile = 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n'
  expect(composeRecipe({ dockerfile, base_image: 'app:1', options })).toEqual({
    dockerfile,
    addedLines: 0,
    buildArgs: { A: '1', BASE_IMAGE: 'app:1' },
  })
})

import { expect, it } from 'vitest'
import { composeRecipe } from './recipe.ts'

it('puts the base in front of a Dockerfile that has no FROM', () => {
  expect(composeRecipe('RUN true\n', 'app:1')).toEqual({
    dockerfile: 'FROM app:1\nRUN true\n',
    addedLines: 1,
    buildArgs: {},
  })
})

it('offers the base as an argument to a Dockerfile that has a FROM', () => {
  const text = 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n'
  expect(composeRecipe(text, 'app:1')).toEqual({
    dockerfile: text,
    addedLines: 0,
    buildArgs: { BASE_IMAGE: 'app:1' },
  })
})

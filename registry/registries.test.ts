import { expect, it } from 'vitest'
import { parseReference } from '#contract/image.ts'
import { createLocate, createOwnRegistry } from './registries.ts'

const own = (url: string) =>
  createOwnRegistry({ url: new URL(url), prefix: 'kiln' }, { username: '', password: '' })
const isOwn = (url: string, host: string) => {
  const registry = own(url)
  const reference = parseReference(`${host}/kiln/app:1`)
  if (reference === undefined) throw new Error(`${host} is no host`)
  const found = createLocate(registry)(reference)
  return found.client === registry.client && found.host === registry.host
}

it('is the same registry with the port that goes without saying, and in capitals', () => {
  expect(isOwn('https://registry.example', 'registry.example')).toBe(true)
  expect(isOwn('https://registry.example', 'registry.example:443')).toBe(true)
  expect(isOwn('https://registry.example:443', 'Registry.Example')).toBe(true)
  expect(isOwn('http://registry.example', 'registry.example:80')).toBe(true)
})

it('is another one on another port', () => {
  expect(isOwn('https://registry.example', 'registry.example:80')).toBe(false)
  expect(isOwn('http://registry.example', 'registry.example:443')).toBe(false)
  expect(isOwn('https://registry.example:5000', 'registry.example:443')).toBe(false)
  expect(isOwn('https://registry.example:5000', 'registry.example:5000')).toBe(true)
})

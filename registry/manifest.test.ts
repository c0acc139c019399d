import { expect, it } from 'vitest'
import { imageSize } from './manifest.ts'

const size = (manifest: object) => imageSize(new TextEncoder().encode(JSON.stringify(manifest)))
const config = { digest: 'sha256:c', size: 10 }
const layer = { digest: 'sha256:l', size: 100 }

it('counts a layer that occurs twice once', () => {
  const manifest = { config, layers: [layer, layer] }
  expect(size(manifest)).toBe(JSON.stringify(manifest).length + 110)
})

it('knows an image without layers, and what is no image', () => {
  const manifest = { config, layers: null }
  expect(size(manifest)).toBe(JSON.stringify(manifest).length + 10)
  expect(size({ manifests: [] })).toBeUndefined()
})

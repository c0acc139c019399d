import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { maxImageConfigBytes } from '#contract/image-manifest.ts'
import { createRegistryClient } from './client.ts'
import { describeImage } from './describe-image.ts'
import { digestOf } from './digest-of.ts'

const started: Disposable[] = []
afterEach(() => {
  for (const server of started.splice(0)) server[Symbol.dispose]()
})

/** A registry with one image, whose configuration is served as `served`. */
async function describeServed(config: Uint8Array, served = config) {
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      config: { digest: digestOf(config), size: config.length },
      layers: [],
    }),
  )
  const server = createServer(({ url = '' }, response) => {
    response.end(url.includes('/manifests/') ? manifest : served)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  started.push({ [Symbol.dispose]: () => void (server.closeAllConnections(), server.close()) })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const client = createRegistryClient(new URL(`http://127.0.0.1:${address.port}`))
  return describeImage(client, 'kiln/app', digestOf(manifest))
}

function configOf(bytes: number): Buffer {
  const text = (label: string) => JSON.stringify({ os: 'linux', config: { Labels: { label } } })
  return Buffer.from(text('x'.repeat(bytes - text('').length)))
}

describe('what an image is made of', () => {
  it('is told of every configuration that can be published', async () => {
    const config = configOf(maxImageConfigBytes)
    const { configBytes, config: told } = (await describeServed(config)) ?? {}
    expect(configBytes).toBe(maxImageConfigBytes)
    expect(told?.os).toBe('linux')
  })

  it('is not told of a larger one', async () => {
    expect(await describeServed(configOf(maxImageConfigBytes + 1))).toBeUndefined()
  })

  it('is not told of bytes that are not those of its digest', async () => {
    const other = Buffer.from('{"os":"plan9"}')
    expect(await describeServed(configOf(100), other)).toBeUndefined()
  })
})

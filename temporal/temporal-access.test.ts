import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readTemporalAccessAlone } from './temporal-access.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-temporal-'))
  for (const name of ['ca', 'cert', 'key', 'api-key']) {
    await writeFile(join(folder, name), `${name}\n`)
  }
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

const file = (name: string) => join(folder, name)

it('is in the clear when nothing is said', () => {
  expect(readTemporalAccessAlone({})).toEqual({})
  expect(readTemporalAccessAlone({ KILN_TEMPORAL_TLS: 'false' })).toEqual({})
})

it('is by TLS when that is said, or anything is given that only TLS has', () => {
  expect(readTemporalAccessAlone({ KILN_TEMPORAL_TLS: 'true' })).toEqual({ tls: {} })
  expect(readTemporalAccessAlone({ KILN_TEMPORAL_CA_FILE: file('ca') })).toEqual({
    tls: { serverRootCACertificate: Buffer.from('ca\n') },
  })
  expect(readTemporalAccessAlone({ KILN_TEMPORAL_SERVER_NAME: 'temporal.corp' })).toEqual({
    tls: { serverNameOverride: 'temporal.corp' },
  })
  expect(
    readTemporalAccessAlone({
      KILN_TEMPORAL_CERT_FILE: file('cert'),
      KILN_TEMPORAL_KEY_FILE: file('key'),
    }),
  ).toEqual({ tls: { clientCertPair: { crt: Buffer.from('cert\n'), key: Buffer.from('key\n') } } })
})

it('takes a key from a variable or from a file, and sends it by TLS alone', () => {
  const fromFile = { KILN_TEMPORAL_API_KEY_FILE: file('api-key') }
  expect(readTemporalAccessAlone({ KILN_TEMPORAL_API_KEY: 'k' })).toEqual({ tls: {}, apiKey: 'k' })
  expect(readTemporalAccessAlone(fromFile)).toEqual({ tls: {}, apiKey: 'api-key' })
})

it.each([
  [{ KILN_TEMPORAL_TLS: 'false', KILN_TEMPORAL_API_KEY: 'k' }, /KILN_TEMPORAL_TLS/],
  [{ KILN_TEMPORAL_CERT_FILE: 'cert' }, /KILN_TEMPORAL_KEY_FILE/],
  [{ KILN_TEMPORAL_API_KEY: 'k', KILN_TEMPORAL_API_KEY_FILE: 'f' }, /KILN_TEMPORAL_API_KEY_FILE/],
  [{ KILN_TEMPORAL_TLS: 'yes' }, /KILN_TEMPORAL_TLS/],
])('refuses what contradicts itself: %j', (variables, why) => {
  expect(() => readTemporalAccessAlone(variables)).toThrow(why)
})

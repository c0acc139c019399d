import { expect, it } from 'vitest'
import { parseDigest } from '#contract/image.ts'
import { saveChoices } from '#contract/wire/save.ts'
import { composeImage } from './compose-image.ts'
import { Unsaveable } from './unsaveable.ts'

const digest = (digit: string) => parseDigest(`sha256:${digit.repeat(64)}`)
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')
const layer = {
  digest: digest('a'),
  diffId: digest('b'),
  bytes: 10,
  tarBytes: 100,
  passedOver: [],
}
const parentConfig = {
  os: 'linux',
  architecture: 'amd64',
  author: 'somebody',
  config: {
    Env: ['PATH=/bin', 'COLOUR=blue'],
    User: 'nobody',
    Entrypoint: ['run'],
    Labels: { one: '1' },
    OnBuild: ['RUN touch /never'],
  },
  rootfs: { type: 'layers', diff_ids: ['one', 'two', 'three'] },
  history: [
    { created_by: 'base' },
    { created_by: 'ENV', empty_layer: true },
    { created_by: 'first save' },
    { created_by: 'second save' },
  ],
}
const layers = ['1', '2', '3'].map((digit) => ({
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: digest(digit),
  size: 1,
}))
const parent = {
  config: base64(parentConfig),
  manifest: base64({ schemaVersion: 2, config: { digest: digest('c'), size: 1 }, layers }),
}
const order = (choices: object, merges = 0) => ({
  ...saveChoices.parse(choices),
  environment_id: 'env-1',
  saved_at: '2026-01-01T00:00:00.000Z',
  merges,
  parent,
})
interface Composed {
  readonly config: { readonly digest: string; readonly size: number }
  readonly layers: readonly { readonly digest: string; readonly mediaType: string }[]
}

const compose = (choices: object, merges?: number) => {
  const image = composeImage(order(choices, merges), layer)
  const config: typeof parentConfig & { created: string } = JSON.parse(image.config.toString())
  const manifest: Composed = JSON.parse(image.manifest(digest('d')).toString())
  return { config, manifest, size: image.config.length }
}

it('is the parent with one layer more, and leaves no triggers', () => {
  const { config, manifest, size } = compose({})
  expect(config).toMatchObject({ os: 'linux', author: 'somebody', created: order({}).saved_at })
  expect(config.config).toEqual({
    Env: ['PATH=/bin', 'COLOUR=blue'],
    User: 'nobody',
    Entrypoint: ['run'],
    Labels: { one: '1' },
  })
  expect(config.rootfs).toEqual({
    type: 'layers',
    diff_ids: ['one', 'two', 'three', layer.diffId],
  })
  expect(config.history.at(-1)).toMatchObject({ created_by: 'kiln save env-1' })
  expect(config.history).toHaveLength(5)
  expect(manifest.config).toMatchObject({ digest: digest('d'), size })
  expect(manifest.layers.map((one) => one.digest)).toEqual([
    ...layers.map((one) => one.digest),
    layer.digest,
  ])
  expect(manifest.layers.at(-1)?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd')
})

it('changes of the configuration what is asked for', () => {
  const { config } = compose({
    config: {
      cmd: ['serve'],
      entrypoint: [],
      user: 'root',
      workdir: '/app',
      env: { COLOUR: null, NEW: 'a=b' },
      labels: { one: null, two: '2' },
    },
  })
  expect(config.config).toEqual({
    Env: ['PATH=/bin', 'NEW=a=b'],
    User: 'root',
    Entrypoint: [],
    Cmd: ['serve'],
    WorkingDir: '/app',
    Labels: { two: '2' },
  })
})

it('stands in the place of the layers that it was made one with', () => {
  const { config, manifest } = compose({ squash: true }, 2)
  expect(config.rootfs.diff_ids).toEqual(['one', layer.diffId])
  expect(manifest.layers.map((one) => one.digest)).toEqual([digest('1'), layer.digest])
  expect(config.history.map((step) => step.created_by)).toEqual(['base', 'ENV', 'kiln save env-1'])
})

it.each(['config', 'manifest'] as const)('says that a %s cannot be read', (part) => {
  const broken = { ...order({}), parent: { ...parent, [part]: base64('none') } }
  expect(() => composeImage(broken, layer)).toThrow(Unsaveable)
})

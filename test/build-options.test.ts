import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)

describe('build options', () => {
  it('pass arguments and labels and stop at the target', async () => {
    const dockerfile = [
      `FROM ${farm.baseImage} AS wanted`,
      'ARG GREETING=none',
      'ENV GREETING=${GREETING}',
      'FROM wanted AS unwanted',
      'RUN exit 1',
    ].join('\n')
    const options = {
      target: 'wanted',
      build_args: { GREETING: 'hi' },
      labels: { 'com.example.team': 'a' },
    }
    const done = await client().build({ name: 'optional:1', dockerfile, options })
    expect(done).toMatchObject({ status: 'succeeded' })
    const { config } = await farm.config('optional', '1')
    expect(config.Env).toContain('GREETING=hi')
    expect(config.Labels).toMatchObject({ 'com.example.team': 'a' })
  })

  it('run every step again without the cache and still publish what was verified', async () => {
    const dockerfile = `FROM ${farm.baseImage}\nRUN cat /proc/sys/kernel/random/uuid > /id\n`
    const build = async (no_cache: boolean) => {
      const done = await client().build({ name: 'fresh:1', dockerfile, options: { no_cache } })
      expect(done).toMatchObject({ status: 'succeeded', attempt: 1 })
      return done.digest
    }
    const first = await build(false)
    expect(await build(false)).toBe(first)
    expect(await build(true)).not.toBe(first)
  })

  it('run the steps of named stages again and leave those of others in the cache', async () => {
    const uuid = 'cat /proc/sys/kernel/random/uuid'
    const dockerfile = [
      `FROM ${farm.baseImage} AS Kept`,
      `RUN ${uuid} > /kept`,
      `FROM ${farm.baseImage} AS renewed`,
      `RUN ${uuid} > /renewed`,
      `FROM ${farm.baseImage}`,
      'COPY --from=kept /kept /',
      'COPY --from=renewed /renewed /',
    ].join('\n')
    const build = async (no_cache: readonly string[] | false) => {
      const done = await client().build({ name: 'partly:1', dockerfile, options: { no_cache } })
      expect(done).toMatchObject({ status: 'succeeded', attempt: 1 })
      return (await farm.config('partly', '1')).rootfs.diff_ids.slice(-2)
    }
    const [kept, renewed] = await build(false)
    const again = await build(['Renewed'])
    expect(again[0]).toBe(kept)
    expect(again[1]).not.toBe(renewed)
  })

  it('build for a platform that the node has', async () => {
    const { nodes } = (await (await client().request('/api/nodes')).json()) as {
      nodes: { inventory: { buildkit: { platforms: string[] } } }[]
    }
    const platform = nodes[0]?.inventory.buildkit.platforms[0] ?? ''
    const dockerfile = `FROM ${farm.baseImage}\nARG TARGETPLATFORM\nRUN test $TARGETPLATFORM = ${platform}\n`
    const done = await client().build({ name: 'for-this', dockerfile, options: { platform } })
    expect(done).toMatchObject({ status: 'succeeded', failure: null })
    expect(platform).toContain((await farm.config('for-this', 'latest')).architecture)
  })

  it('pack layers as asked for, also those that the base or the cache has packed otherwise', async () => {
    const dockerfile = `FROM ${farm.baseImage}\nRUN echo hi > /x\n`
    const types = async (compression?: object) => {
      const options = compression === undefined ? {} : { compression }
      const done = await client().build({ name: 'packed:1', dockerfile, options })
      expect(done).toMatchObject({ status: 'succeeded', failure: null })
      const layers = await farm.layers('packed', '1')
      return layers.map(({ mediaType }) =>
        mediaType.replace('application/vnd.oci.image.layer.v1.', ''),
      )
    }
    const [base, own] = await types()
    expect(own).toBe('tar+zstd')
    expect(await types({ type: 'uncompressed' })).toEqual(['tar', 'tar'])
    expect(await types({ type: 'zstd', level: 3 })).toEqual(['tar+zstd', 'tar+zstd'])
    for (const compression of [{ type: 'gzip', level: 9 }, { type: 'estargz' }]) {
      expect(await types(compression)).toEqual(['tar+gzip', 'tar+gzip'])
    }
    expect(await types({ type: 'uncompressed', force: false })).toEqual([base, 'tar+zstd'])
  })

  it('make equal bytes of equal steps when the build is reproducible', async () => {
    const dockerfile = `FROM ${farm.baseImage}\nRUN mkdir /d && echo hi > /d/x\nWORKDIR /w\n`
    const build = async (reproducible: unknown) => {
      const options = { reproducible, no_cache: true }
      const done = await client().build({ name: 'same:1', dockerfile, options })
      expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
      return done.digest
    }
    const first = await build(true)
    expect((await farm.config('same', '1')).created).toBe('1980-01-01T00:00:00Z')
    expect(await build(true)).toBe(first)
    expect(await build({ source_date_epoch: 1_700_000_000 })).not.toBe(first)
    expect((await farm.config('same', '1')).created).toBe('2023-11-14T22:13:20Z')
    expect(await build(false)).not.toBe(await build(false))
  })

  it('limit what RUN may use and say when it wanted more memory', async () => {
    const limits = { memory: '64MiB', cpus: 0.5, shm_size: '8MiB', nofile: 128 }
    const fits = [
      `FROM ${farm.baseImage}`,
      'RUN test $(ulimit -n) = 128',
      "RUN test $(df -k /dev/shm | awk 'NR==2 {print $2}') = 8192",
    ].join('\n')
    const done = await client().build({ name: 'fits', dockerfile: fits, options: { limits } })
    expect(done).toMatchObject({ status: 'succeeded', failure: null })
    const hungry = `FROM ${farm.baseImage}\nRUN head -c 300m /dev/zero | tail -c 200m > /dev/null\n`
    const killed = await client().build({ name: 'hungry', dockerfile: hungry, options: { limits } })
    expect(killed).toMatchObject({
      status: 'failed',
      failure: { code: 'out_of_memory', line: 2, exitCode: 137 },
    })
  })

  it('give RUN the proxy of the builder or no network at all, and never a socket to this machine', async () => {
    const { port } = new URL(farm.url)
    const dockerfile = [
      `FROM ${farm.baseImage}`,
      'ARG PROXIED',
      'RUN if [ "$PROXIED" = yes ]; then test -n "$http_proxy"; else test -z "$http_proxy"; fi',
      `RUN ! nc -w 2 127.0.0.1 ${port} < /dev/null`,
    ].join('\n')
    for (const network of ['proxy', 'none']) {
      const options = { network, build_args: { PROXIED: network === 'proxy' ? 'yes' : 'no' } }
      const done = await client().build({ name: `net-${network}`, dockerfile, options })
      expect(done).toMatchObject({ status: 'succeeded' })
    }
  })

  it('let neither RUN through the proxy nor ADD reach what listens on this machine', async () => {
    const { port } = new URL(farm.url)
    const hosts = ['127.0.0.1', 'localhost', 'LOCALHOST', '0.0.0.0', '127.1', '[::ffff:127.0.0.1]']
    const ask = hosts.map(
      (host) => `printf "GET http://${host}:${port}/healthz HTTP/1.0\\r\\n\\r\\n" | nc -w 3 $h $p`,
    )
    const dockerfile = [
      `FROM ${farm.baseImage}`,
      'RUN <<EOF',
      'a=${http_proxy#http://}; h=${a%%:*}; p=${a##*:}; p=${p%/}',
      `(${ask.join('; ')}) > /answers 2>&1`,
      'cat /answers',
      'grep -q 403 /answers && ! grep -q \'"status"\' /answers',
      'EOF',
    ].join('\n')
    const ran = await client().build({ name: 'asks-the-proxy', dockerfile })
    expect(ran).toMatchObject({ status: 'succeeded', failure: null })
    for (const host of hosts) {
      const add = `FROM ${farm.baseImage}\nADD http://${host}:${port}/healthz /x\n`
      const added = await client().build({ name: 'adds', dockerfile: add })
      expect(added).toMatchObject({ status: 'failed', failure: { code: 'source_denied', line: 2 } })
    }
  })

  it.each([
    [
      'an argument that looks like a secret',
      { build_args: { API_TOKEN: 'x' } },
      'options.build_args.API_TOKEN',
    ],
    [
      'an argument that only Kiln sets',
      { build_args: { BUILDKIT_SYNTAX: 'x' } },
      'options.build_args.BUILDKIT_SYNTAX',
    ],
    ['a target that does not exist', { target: 'nothing' }, 'options.target'],
    ['a stage without a cache that has no name', { no_cache: ['0'] }, 'options.no_cache'],
    ['a network that does not exist', { network: 'host' }, 'options.network'],
    ['an option that does not exist', { cgroup_parent: '/' }, 'options'],
  ])('refuse %s and name the field', async (_, options, field) => {
    const reply = await client().post({ name: 'refused', dockerfile: 'FROM x\n', options })
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ code: 'invalid_request', errors: [{ field }] })
  })
})

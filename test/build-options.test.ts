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
    ['a network that does not exist', { network: 'host' }, 'options.network'],
    ['an option that does not exist', { cgroup_parent: '/' }, 'options'],
  ])('refuse %s and name the field', async (_, options, field) => {
    const reply = await client().post({ name: 'refused', dockerfile: 'FROM x\n', options })
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ code: 'invalid_request', errors: [{ field }] })
  })
})

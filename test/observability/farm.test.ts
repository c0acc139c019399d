import { parser } from '@prometheus-io/lezer-promql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFindUndescribed } from '../access/described.ts'
import { createClient } from '../client.ts'
import { type Collector, startCollector } from './collector.ts'
import { type Farm, startFarm } from '../farm.ts'
import { ownAddress } from '../own-address.ts'
import { type Receiver, startReceiver } from '../webhooks/receiver.ts'
import { readQueries } from './queries.ts'

let farm: Farm
let buildId: string
let collector: Collector
let receiver: Receiver
beforeAll(async () => {
  collector = await startCollector(ownAddress())
  receiver = await startReceiver()
  farm = await startFarm({
    environment: {
      KILN_TRACES_URL: collector.url,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      KILN_EGRESS_ALLOW: collector.host,
      KILN_WEBHOOK_ALLOW: receiver.host,
    },
  })
  await fetch(new URL('/api/projects/default/webhooks', farm.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: receiver.url }),
  })
  const client = createClient(farm.url)
  ;({ id: buildId } = await client.build({
    name: 'observed:1',
    dockerfile: `FROM ${farm.baseImage}\nRUN echo observed\n`,
  }))
})
afterAll(async () => {
  await farm[Symbol.asyncDispose]()
  await collector[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

const read = async (process: 'server' | 'worker' | 'agent', path: string) =>
  fetch(`http://127.0.0.1:${farm.metricsPorts[process]}${path}`)

/** Names of the metrics that a process shows, with those that its histograms are made of. */
async function namesOf(process: 'server' | 'worker' | 'agent'): Promise<readonly string[]> {
  const text = await (await read(process, '/metrics')).text()
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  return types.flatMap(([, name = '', type]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  )
}

/** The metrics that a query asks for. */
function metricsIn(query: string): readonly string[] {
  const names: string[] = []
  const cursor = parser.parse(query).cursor()
  do {
    if (cursor.name === 'Identifier' && cursor.node.parent?.name === 'VectorSelector') {
      names.push(query.slice(cursor.from, cursor.to))
    }
  } while (cursor.next())
  return names
}

const sampleOf = async (process: 'server' | 'worker' | 'agent', line: RegExp) =>
  Number(line.exec(await (await read(process, '/metrics')).text())?.[1])

describe('a farm', () => {
  it('shows every metric that the dashboard and the alerts ask for', async () => {
    const shown = new Set(
      (await Promise.all((['server', 'worker', 'agent'] as const).map(namesOf))).flat(),
    )
    const asked = new Set((await readQueries()).flatMap(metricsIn))
    // It is Prometheus's own.
    asked.delete('up')
    expect(asked.size).toBeGreaterThan(20)
    expect([...asked].filter((name) => !shown.has(name))).toEqual([])
  })

  it('has counted the build and its stages, where they were worked on', async () => {
    expect(
      await sampleOf('worker', /^kiln_builds_ended_total\{status="succeeded",code=""\} (\d+)$/m),
    ).toBe(1)
    expect(await sampleOf('worker', /^kiln_queue_wait_seconds_count (\d+)$/m)).toBe(1)
    for (const stage of ['building', 'verifying', 'pushing']) {
      const line = new RegExp(
        `^kiln_stage_seconds_count\\{stage="${stage}",outcome="ok"\\} (\\d+)$`,
        'm',
      )
      expect([stage, await sampleOf('agent', line)]).toEqual([stage, 1])
    }
    expect(await sampleOf('agent', /^kiln_gate_verdicts_total\{[^}]*\} (\d+)$/m)).toBe(1)
    expect(await sampleOf('server', /^kiln_log_bytes_total (\d+)$/m)).toBeGreaterThan(0)
    expect(await sampleOf('server', /^kiln_nodes\{state="ready"\} (\d+)$/m)).toBe(1)
    expect(
      await sampleOf('worker', /^kiln_registry_request_seconds_count\{[^}]*answer="2xx"\} (\d+)$/m),
    ).toBeGreaterThan(0)
  })

  it('names requests by their routes only', async () => {
    await fetch(new URL('/api/builds/build-of-nobody', farm.url))
    await fetch(new URL('/whatever/else', farm.url))
    const text = await (await read('server', '/metrics')).text()
    const routes = new Set(
      [...text.matchAll(/kiln_http_request_seconds_count\{[^}]*route="([^"]*)"/g)].map(
        ([, route]) => route,
      ),
    )
    expect(routes).toContain('/api/builds/:id')
    expect([...routes].filter((route) => /build-|whatever/.test(route ?? ''))).toEqual([])
  })

  it('is ready in all of its processes, and tells no one else what it counts', async () => {
    for (const process of ['server', 'worker', 'agent'] as const) {
      const answers = await Promise.all(
        ['/healthz', '/readyz', '/other'].map((path) => read(process, path)),
      )
      expect([process, ...answers.map(({ status }) => status)]).toEqual([process, 200, 200, 404])
    }
    expect((await fetch(new URL('/metrics', farm.url))).status).toBe(404)
    expect(await (await fetch(new URL('/api/farm', farm.url))).json()).toMatchObject({
      temporal: { answers: true, workers: 1 },
    })
  })
})

describe('the trace of a build', () => {
  it('has the work of every process in it, below the build', async () => {
    // Spans are sent some seconds after they have ended.
    const found = async () => {
      const root = collector.spans.find(({ name }) => name === 'build')
      return collector.spans.filter(({ traceId }) => traceId === root?.traceId)
    }
    await expect
      .poll(async () => [...new Set((await found()).map(({ service }) => service))].toSorted(), {
        timeout: 60_000,
      })
      .toEqual(expect.arrayContaining(['kiln-agent', 'kiln-server', 'kiln-worker']))
    await expect
      .poll(async () => (await found()).map(({ name }) => name), { timeout: 60_000 })
      .toEqual(
        expect.arrayContaining([
          'accept',
          'tell Temporal: start',
          'seekNode',
          'buildImage',
          'verifyImage',
          'pushImage',
          'publishImage',
          'build',
        ]),
      )
    // BuildKit's own, each below what the agent was doing when it asked for a solve.
    if (ownAddress() !== undefined) {
      await expect
        .poll(async () => new Set((await found()).map(({ service }) => service)), {
          timeout: 60_000,
        })
        .toContain('buildkitd')
      const all = await found()
      const agents = new Set(
        all.filter(({ service }) => service === 'kiln-agent').map(({ spanId }) => spanId),
      )
      const entered = all.filter(
        ({ service, parentSpanId = '' }) => service === 'buildkitd' && agents.has(parentSpanId),
      )
      expect(entered.map(({ name }) => name)).toContain('moby.buildkit.v1.Control/Solve')
      expect(all.filter(({ service }) => service === 'buildkitd').length).toBeGreaterThan(
        entered.length,
      )
    }
    const spans = await found()
    const root = spans.find(({ name }) => name === 'build')
    expect(spans.filter((span) => span !== root && !span.parentSpanId)).toEqual([])
  })
})

describe('a webhook of a farm', () => {
  it('is told of the life of a build, by the loop of the server', async () => {
    const told = () =>
      receiver.received.map(
        ({ body }) => JSON.parse(body) as { type: string; data: { build_id: string } },
      )
    const events = ['queued', 'running', 'succeeded'].map((event) => `build.${event}`)
    await expect
      .poll(() => told().map(({ type }) => type), { timeout: 60_000 })
      .toEqual(expect.arrayContaining([...events, 'version.verified', 'version.published']))
    expect(new Set(told().map(({ data }) => data.build_id))).toEqual(new Set([buildId]))
  })
})

describe('what a farm answers', () => {
  it('is as it is described', async () => {
    const findUndescribed = await createFindUndescribed(farm.url)
    const images = await (await fetch(new URL('/api/images?name=observed:1', farm.url))).json()
    const [{ id: image } = { id: 0 }] = (images as { images: readonly { id: number }[] }).images
    const nodes = (await (await fetch(new URL('/api/nodes', farm.url))).json()) as {
      nodes: readonly { id: string }[]
    }
    const ids = { build: buildId, image: String(image), node: nodes.nodes[0]?.id ?? '' }
    // All are read before any is judged: to compile a schema takes longer than a connection is kept.
    const answers: { path: string; status: number; body: unknown }[] = []
    for (const [path, id] of [
      ['/api/images', ''],
      ['/api/images/{id}', ids.image],
      ['/api/images/{id}/compatibility', ids.image],
      ['/api/images/{id}/moves', ids.image],
      ['/api/images/{id}/retention', ids.image],
      ['/api/images/{id}/versions', ids.image],
      ['/api/images/{id}/versions/{version}', ids.image],
      ['/api/images/{id}/versions/{version}/lock', ids.image],
      ['/api/images/{id}/versions/{from}/diff/{to}', ids.image],
      ['/api/builds', ''],
      ['/api/builds/{id}', ids.build],
      ['/api/builds/{id}/steps', ids.build],
      ['/api/nodes', ''],
      ['/api/nodes/{id}', ids.node],
      ['/api/nodes/{id}/images', ids.node],
      ['/api/nodes/{id}/changes', ids.node],
      ['/api/queue', ''],
      ['/api/registry', ''],
      ['/api/farm', ''],
      ['/api/signing-keys', ''],
      ['/api/audit', ''],
      ['/api/audit/check', ''],
      ['/api/projects/{project}', 'default'],
    ] as const) {
      const filled = path.replace(/\{(id|project)\}/, id).replaceAll(/\{(version|from|to)\}/g, '1')
      const reply = await fetch(new URL(filled, farm.url))
      answers.push({ path, status: reply.status, body: await reply.json() })
    }
    const wrong = answers.flatMap((answer) =>
      findUndescribed({ method: 'GET', ...answer }).map((why) => [answer.path, why]),
    )
    expect(wrong).toEqual([])
  })
})

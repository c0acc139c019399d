import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Histogram, type Registry } from 'prom-client'

/** What the channels of Node's own client tell, as far as it is read here. */
interface Message {
  readonly request: { readonly origin?: unknown; readonly method?: string }
  readonly response?: { readonly statusCode: number }
}

function isMessage(told: unknown): told is Message {
  return typeof told === 'object' && told !== null && 'request' in told
}

/**
 * Times what this process asks of the registry, whoever asks it. Node's own client tells of every request that it sends.
 * The answer's head ends a measurement: how long a layer takes to read says little of the registry.
 */
export function timeRegistry(metrics: Registry, registry: URL): Disposable {
  const times = new Histogram({
    name: 'kiln_registry_request_seconds',
    help: 'How long the registry took to answer, by method and kind of answer; error is none at all',
    labelNames: ['method', 'answer'],
    buckets: [0.01, 0.05, 0.25, 1, 5, 15, 60],
    registers: [metrics],
  })
  const started = new WeakMap<object, number>()
  const begin = (told: unknown) => {
    if (!isMessage(told) || String(told.request.origin) !== registry.origin) return
    started.set(told.request, performance.now())
  }
  const note = (told: unknown) => {
    if (!isMessage(told)) return
    const { request, response } = told
    const at = started.get(request)
    if (at === undefined) return
    started.delete(request)
    const answer = response === undefined ? 'error' : `${Math.floor(response.statusCode / 100)}xx`
    times.observe({ method: request.method ?? 'GET', answer }, (performance.now() - at) / 1000)
  }
  const channels = [
    ['undici:request:create', begin],
    ['undici:request:headers', note],
    ['undici:request:error', note],
  ] as const
  for (const [channel, listener] of channels) subscribe(channel, listener)
  return {
    [Symbol.dispose]: () => {
      for (const [channel, listener] of channels) unsubscribe(channel, listener)
    },
  }
}

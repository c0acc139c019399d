import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** What the server counts while it works. */
export interface ServerMetrics {
  readonly registry: Registry
  readonly requests: Histogram<'method' | 'route' | 'status'>
  /** Streams of events that somebody reads now. */
  readonly streams: Gauge
  readonly logBytes: Counter
}

export function createServerMetrics(registry: Registry): ServerMetrics {
  const registers = [registry]
  return {
    registry,
    requests: new Histogram({
      name: 'kiln_http_request_seconds',
      help: 'How long requests took until their answer began, by route',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.025, 0.1, 0.5, 2, 10],
      registers,
    }),
    streams: new Gauge({
      name: 'kiln_event_streams',
      help: 'Streams of server-sent events that are read now',
      registers,
    }),
    logBytes: new Counter({
      name: 'kiln_log_bytes_total',
      help: 'Bytes of logs that nodes have sent and the server has stored',
      registers,
    }),
  }
}

/** Counts a stream for as long as it is read. */
export async function* countStream<T>(
  { streams }: Pick<ServerMetrics, 'streams'>,
  source: AsyncGenerator<T>,
): AsyncGenerator<T> {
  streams.inc()
  try {
    yield* source
  } finally {
    streams.dec()
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import {
  type Attributes,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider } from '@opentelemetry/sdk-trace'

/**
 * What a process does for a build, or an environment, as spans of the one trace of it. Which trace that is follows from the
 * id, so nothing has to be handed on between processes, and tries that come later find it too.
 */
export interface Traces extends AsyncDisposable {
  /** Times work that is done for `subject`. Spans within it are its parts. */
  span<T>(subject: string, name: string, work: () => Promise<T>): Promise<T>
  /** Notes work that has been done, when it is known only now for what. Times are ms since 1970. */
  note(subject: string, name: string, startedAt: number): void
  /** The whole of it, once it has ended. */
  end(subject: string, startedAt: number, attributes: Attributes): void
  /** Of the span that runs, in the form of W3C Trace Context; undefined where nothing is traced. */
  traceparent(): string | undefined
}

/** For who traces nothing. */
export const noTraces: Traces = {
  span: async (_, __, work) => work(),
  note: () => undefined,
  end: () => undefined,
  traceparent: () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
}

/** @param url where a collector takes OTLP over HTTP, such as `http://collector:4318/v1/traces`; nothing is traced without. */
export function createTraces(process: string, url: string | undefined): Traces {
  if (url === undefined) return noTraces
  const ids = createIds()
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': `kiln-${process}` }),
    idGenerator: ids,
    // It drops what a collector that is away does not take in time: builds wait for no trace.
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
  })
  const tracer = provider.getTracer('kiln')
  const running = new AsyncLocalStorage<SpanContext>()
  const start = (subject: string, name: string, startTime?: number): Span => {
    const parent = trace.setSpanContext(ROOT_CONTEXT, running.getStore() ?? rootOf(subject))
    return tracer.startSpan(name, { ...(startTime && { startTime }) }, parent)
  }
  return {
    span: async (subject, name, work) => {
      const span = start(subject, name)
      try {
        return await running.run(span.spanContext(), work)
      } catch (error) {
        // A code where there is one: texts of errors may tell what belongs in no trace.
        const message = error instanceof Error && 'type' in error ? String(error.type) : 'failed'
        span.setStatus({ code: SpanStatusCode.ERROR, message })
        throw error
      } finally {
        span.end()
      }
    },
    note: (subject, name, startedAt) => start(subject, name, startedAt).end(),
    end: (subject, startedAt, attributes) => {
      ids.next = rootOf(subject)
      tracer
        .startSpan(subject.split('-')[0] ?? subject, {
          startTime: startedAt,
          root: true,
          attributes,
        })
        .end()
    },
    traceparent: () => {
      const context = running.getStore()
      return context && `00-${context.traceId}-${context.spanId}-01`
    },
    [Symbol.asyncDispose]: async () => provider.shutdown().catch(() => undefined),
  }
}

/** The span that all others of a subject are below. */
function rootOf(subject: string): SpanContext {
  const hash = createHash('sha256').update(`kiln trace ${subject}`).digest('hex')
  return {
    traceId: hash.slice(0, 32),
    spanId: hash.slice(32, 48),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  }
}

/** Random ids, but for the one span that is to have those of a root. */
function createIds() {
  const random = new RandomIdGenerator()
  const ids = {
    next: undefined as SpanContext | undefined,
    generateSpanId: () => ids.next?.spanId ?? random.generateSpanId(),
    // The last that is asked for, and only of a root.
    generateTraceId: () => {
      const id = ids.next?.traceId
      ids.next = undefined
      return id ?? random.generateTraceId()
    },
  }
  return ids
}

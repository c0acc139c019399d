import { BinaryReader } from '@bufbuild/protobuf/wire'

export interface CollectedSpan {
  readonly service: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly {
        readonly key: string
        readonly value: { stringValue?: string }
      }[]
    }
    readonly scopeSpans: readonly { readonly spans: readonly Omit<CollectedSpan, 'service'>[] }[]
  }[]
}

/** OTLP in JSON, as Kiln sends it. */
export function readJsonSpans(text: string): readonly CollectedSpan[] {
  const { resourceSpans } = JSON.parse(text) as Export
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const name = resource.attributes.find(({ key }) => key === 'service.name')
    const service = name?.value.stringValue ?? ''
    return scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service })))
  })
}

/** OTLP in protobuf, as BuildKit sends it: of `ExportTraceServiceRequest` what is needed here. */
export function readBinarySpans(bytes: Uint8Array): readonly CollectedSpan[] {
  return fieldsOf(bytes, 1).flatMap((resourceSpans) => {
    const attributes = fieldsOf(resourceSpans, 1).flatMap((resource) => fieldsOf(resource, 1))
    const named = attributes.find((one) => textOf(one, 1) === 'service.name')
    const service = named === undefined ? '' : textOf(fieldsOf(named, 2)[0] ?? none, 1)
    const spans = fieldsOf(resourceSpans, 2).flatMap((scopeSpans) => fieldsOf(scopeSpans, 2))
    return spans.map((span) => {
      const parentSpanId = hexOf(span, 4)
      return {
        service,
        traceId: hexOf(span, 1),
        spanId: hexOf(span, 2),
        ...(parentSpanId !== '' && { parentSpanId }),
        name: textOf(span, 5),
      }
    })
  })
}

const none = new Uint8Array()

/** Every occurrence of a field of bytes, in a message. */
function fieldsOf(message: Uint8Array, wanted: number): readonly Uint8Array[] {
  const reader = new BinaryReader(message)
  const found: Uint8Array[] = []
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    if (field === wanted) found.push(reader.bytes())
    else reader.skip(type)
  }
  return found
}

const textOf = (message: Uint8Array, field: number) =>
  Buffer.from(fieldsOf(message, field)[0] ?? none).toString('utf8')
const hexOf = (message: Uint8Array, field: number) =>
  Buffer.from(fieldsOf(message, field)[0] ?? none).toString('hex')

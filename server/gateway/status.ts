/** Codes of gRPC that the gateway answers with itself. */
const codes = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const

type Trailers = Readonly<Record<string, string>>

/** A call that did not end well, as gRPC tells it: in what follows the answer. */
export class CallFailed extends Error {
  override readonly name: string = 'CallFailed'
  readonly trailers: Trailers

  constructor(trailers: Trailers) {
    super(`grpc-status ${trailers['grpc-status']}`)
    this.trailers = trailers
  }
}

/** What a node may not do. */
export class CallRefused extends CallFailed {
  override readonly name = 'CallRefused'
  /** In words. */
  readonly because: string

  constructor(status: keyof typeof codes, because: string) {
    super(trailersOf(status, because))
    this.because = because
  }
}

/** Something that is no fault of the node's: it asks again. */
export function unavailable(message: string): CallFailed {
  return new CallFailed(trailersOf('unavailable', message))
}

function trailersOf(status: keyof typeof codes, message: string): Trailers {
  return { 'grpc-status': String(codes[status]), 'grpc-message': encodeURIComponent(message) }
}

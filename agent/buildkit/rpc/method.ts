/** Encoder and decoder of one message type, as ts-proto generates them. */
export interface Codec<T> {
  encode(message: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
}

/** One method as ts-proto describes it. */
export interface MethodDefinition<Request, Response> {
  readonly name: string
  readonly requestType: Codec<Request>
  readonly responseType: Codec<Response>
}

export interface Method<Request, Response> {
  /** Such as `/moby.buildkit.v1.Control/Solve`. */
  readonly path: string
  readonly request: Codec<Request>
  readonly response: Codec<Response>
}

export function methodOf<Request, Response>(
  service: { readonly fullName: string },
  { name, requestType, responseType }: MethodDefinition<Request, Response>,
): Method<Request, Response> {
  return { path: `/${service.fullName}/${name}`, request: requestType, response: responseType }
}

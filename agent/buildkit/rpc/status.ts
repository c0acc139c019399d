import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { readStatus } from '../error-details.ts'
import { BuildkitError, grpcCode } from '../error.ts'

export const connectionLost = 'the connection to the daemon was lost'

/** Ends when the call has ended well. @throws BuildkitError with the status of the trailers, or of the broken stream. */
export async function finish(stream: ClientHttp2Stream, method: string): Promise<void> {
  // A closed stream no longer knows its session.
  const { session } = stream
  const { promise, resolve } = Promise.withResolvers<IncomingHttpHeaders | undefined>()
  let status: IncomingHttpHeaders | undefined
  // A call that fails at once has its status in the headers and no trailers.
  stream.on('response', (headers) => (status = 'grpc-status' in headers ? headers : undefined))
  stream.on('trailers', (trailers) => (status = trailers))
  stream.on('close', () => resolve(status))
  const headers = await promise
  const code = headers?.['grpc-status']
  if (code === '0') return
  if (headers === undefined || code === undefined)
    throw brokenStream(stream, session?.destroyed !== false, method)
  const details = headers['grpc-status-details-bin']
  const message = decodeMessage(String(headers['grpc-message'] ?? ''))
  const known = typeof details === 'string' ? readStatus(Buffer.from(details, 'base64')) : undefined
  throw new BuildkitError(method, Number(code), known?.message ?? message, known?.details)
}

/** Percent-encoded; what is not is taken as it is. */
function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A stream that the daemon reset says that the error was too large to send; a lost connection says nothing. */
function brokenStream(stream: ClientHttp2Stream, lost: boolean, method: string): BuildkitError {
  if (lost) return new BuildkitError(method, grpcCode.unavailable, connectionLost)
  const { rstCode } = stream
  const reason = rstCode ? `the stream was reset with ${rstCode}` : 'the answer has no status'
  return new BuildkitError(method, grpcCode.internal, reason)
}

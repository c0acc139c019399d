import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { type CollectedSpan, readBinarySpans, readJsonSpans } from './read-spans.ts'

/** Takes traces as OTLP over HTTP, in JSON and in protobuf. */
export interface Collector extends AsyncDisposable {
  readonly host: string
  readonly url: string
  readonly spans: CollectedSpan[]
}

/** @param address one of this machine, where networks of builds are to reach it too. */
export async function startCollector(address = '127.0.0.1'): Promise<Collector> {
  const spans: CollectedSpan[] = []
  const http = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const packed = Buffer.concat(chunks)
      const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(packed) : packed
      const type = request.headers['content-type'] ?? 'application/json'
      const isJson = type === 'application/json'
      spans.push(...(isJson ? readJsonSpans(bytes.toString('utf8')) : readBinarySpans(bytes)))
      // Nothing is left to be said: `{}`, and a message without fields.
      response.writeHead(200, { 'content-type': type }).end(isJson ? '{}' : '')
    })
  })
  http.listen(0, address)
  await once(http, 'listening')
  const host = `${address}:${(http.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${host}/v1/traces`,
    spans,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { createRegistryClient } from '../../registry/client.ts'

export interface ManifestRegistryOptions {
  /** Whether it lists by itself what hangs on an image. */
  readonly lists: boolean
  /** Called with each name that was written. */
  readonly onWrite?: (name: string, kept: Map<string, Buffer>) => void
}

/** A registry on a port of its own that keeps what it is given, in one repository. */
export async function startManifestRegistry(
  repository: string,
  { lists, onWrite }: ManifestRegistryOptions,
) {
  const kept = new Map<string, Buffer>()
  /** Names in the order in which they were written. */
  const writes: string[] = []
  const root = `/v2/${repository}`
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry')
    const path = pathname.replace(`${root}/`, '')
    const body = await buffer(request)
    if (request.method === 'POST') {
      response.writeHead(202, { location: `http://elsewhere${root}/upload?state=1` }).end()
    } else if (request.method === 'PUT') {
      const name = path === 'upload' ? `blobs/${searchParams.get('digest')}` : path
      writes.push(name)
      kept.set(name, body)
      onWrite?.(name, kept)
      const subject = lists
        ? /"subject":\{[^}]*"digest":"([^"]+)"/.exec(String(body))?.[1]
        : undefined
      response.writeHead(201, subject === undefined ? {} : { 'oci-subject': subject }).end()
    } else {
      const found = kept.get(path)
      response.writeHead(found === undefined ? 404 : 200).end(found)
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const read = (name: string) => JSON.parse(String(kept.get(name))) as Record<string, unknown>
  return {
    client: createRegistryClient(new URL(`http://127.0.0.1:${port}`)),
    kept,
    writes,
    read,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

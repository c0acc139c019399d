import { grpcCode } from '../error.ts'
import { UploadDefinition } from '../gen/upload.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, ServedError, streaming } from '../rpc/serve.ts'

/** Gives the bytes of an upload anew each time it is asked for. */
export type OpenUpload = () => Promise<AsyncIterable<Uint8Array>>

const maxChunk = 256 * 1024

/** The address under which the daemon fetches an upload from this session: a source like any other on the web. */
export function uploadUrl(name: string): string {
  return `http://buildkit-session/${name}`
}

/** Serves bytes by name. They come through the session, so neither side needs a network address of the other. */
export function uploads(byName: Readonly<Record<string, OpenUpload>>): Handler {
  return streaming(methodOf(UploadDefinition, UploadDefinition.methods.pull), async (call) => {
    const [path = ''] = call.metadata.get('urlpath') ?? []
    const open = byName[path.replace(/^.*\//, '')]
    if (open === undefined) throw new ServedError(grpcCode.notFound, `no upload ${path}`)
    for await (const bytes of await open()) {
      for (let at = 0; at < bytes.length; at += maxChunk) {
        await call.send({ data: Buffer.from(bytes.subarray(at, at + maxChunk)) })
      }
    }
  })
}

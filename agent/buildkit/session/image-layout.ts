import { open } from 'node:fs/promises'
import { grpcCode } from '../error.ts'
import { ContentDefinition } from '../gen/content.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, ServedError, streaming, unary } from '../rpc/serve.ts'

/** A file that is a blob of an image. */
export interface BlobFile {
  readonly path: string
  /** In bytes. */
  readonly size: number
}

/** `undefined` for a blob that is not known. */
export type FindBlob = (digest: string) => Promise<BlobFile | undefined>

const { methods } = ContentDefinition
const chunkBytes = 1024 * 1024
/** Number of `ReadContentResponse.data`. */
const dataField = 2

/** What a frontend takes for the image of a manifest that this session gives. @param name any, for people to read. */
export function layoutAddress(name: string, digest: string): string {
  return `oci-layout://${name}@${digest}`
}

/** Gives the daemon the blobs of images by digest; it asks for those only that it does not have. */
export function imageLayout(find: FindBlob): readonly Handler[] {
  const need = async (digest: string): Promise<BlobFile> => {
    const blob = await find(digest)
    if (blob === undefined) throw new ServedError(grpcCode.notFound, `no blob ${digest}`)
    return blob
  }
  return [
    unary(methodOf(ContentDefinition, methods.info), async ({ digest }) => {
      const { size } = await need(digest)
      return { info: { digest, size: BigInt(size) } }
    }),
    streaming(methodOf(ContentDefinition, methods.read), async (call) => {
      for await (const { digest, offset, size } of call.requests) {
        const blob = await need(digest)
        const end = size > 0n ? Math.min(blob.size, Number(offset + size)) : blob.size
        await using file = await open(blob.path, 'r')
        for (let at = Number(offset); at < end;) {
          const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, end - at))
          const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
          if (bytesRead === 0) throw new ServedError(grpcCode.unknown, `${digest} is cut short`)
          const offsetNow = BigInt(at)
          await call.sendBytes(
            { offset: offsetNow, data: Buffer.alloc(0) },
            dataField,
            buffer.subarray(0, bytesRead),
          )
          at += bytesRead
        }
        return
      }
    }),
  ]
}

import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { grpcCode } from '../error.ts'
import { FileSendDefinition } from '../gen/session.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, ServedError, streaming } from '../rpc/serve.ts'

/** Opens the place for what an exporter makes, given what the exporter tells of it, such as its digest. */
export type OpenOutput = (metadata: ReadonlyMap<string, string>) => Promise<Writable>

const metadataPrefix = 'exporter-md-'

/**
 * Takes the files that exporters make, such as an OCI layout as a tar. The solve ends only after they are written.
 * @param outputs in the order of the exporters; `undefined` for one that makes no file.
 */
export function fileSend(outputs: readonly (OpenOutput | undefined)[]): Handler {
  const method = methodOf(FileSendDefinition, FileSendDefinition.methods.diffCopy)
  return streaming(method, async ({ metadata, requests }) => {
    const index = Number(metadata.get('buildkit-attachable-exporter-id')?.[0] ?? 0)
    const open = outputs[index]
    if (open === undefined) throw new ServedError(grpcCode.notFound, `no output ${index}`)
    await pipeline(
      async function* () {
        for await (const { data } of requests) yield data
      },
      await open(exporterMetadata(metadata)),
    )
  })
}

function exporterMetadata(metadata: ReadonlyMap<string, readonly string[]>) {
  const own = [...metadata].filter(([name]) => name.startsWith(metadataPrefix))
  return new Map(own.map(([name, values]) => [name.slice(metadataPrefix.length), values.join(',')]))
}

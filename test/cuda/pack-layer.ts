import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createTarPacker } from 'modern-tar'

/** Writes files under their names in the image as the tar of a layer. Nothing is held in memory. */
export async function packLayer(
  files: ReadonlyMap<string, string>,
  target: string,
  pack?: Transform,
): Promise<void> {
  const { readable, controller } = createTarPacker()
  const source = Readable.fromWeb(readable)
  const steps = pack === undefined ? [source] : [source, pack]
  const written = pipeline([...steps, createWriteStream(target)])
  for (const [name, path] of files) {
    const { size } = await stat(path)
    const body = Readable.toWeb(createReadStream(path))
    await body.pipeTo(controller.add({ name, size, type: 'file', mode: 0o755 }))
  }
  controller.finalize()
  await written
}

import { grpcCode } from '../error.ts'
import { type Packet, Packet_PacketType } from '../gen/fsutil.ts'
import { FileSyncDefinition } from '../gen/session.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, type ServedCall, ServedError, streaming } from '../rpc/serve.ts'
import type { Directory } from './directory.ts'

const chunkSize = 128 * 1024
const fileMode = 0o644

const packet = (type: Packet_PacketType, fields: Partial<Packet> = {}): Packet => ({
  type,
  stat: undefined,
  id: 0,
  data: Buffer.alloc(0),
  ...fields,
})

/**
 * Lets the daemon read the named directories. We tell every entry, numbered from 0, and then the end of the list; the
 * daemon asks for the files that it lacks by number and says FIN when it has them.
 */
export function fileSync(directories: Readonly<Record<string, Directory>>): Handler {
  return streaming(
    methodOf(FileSyncDefinition, FileSyncDefinition.methods.diffCopy),
    async (call) => {
      const [name = ''] = call.metadata.get('dir-name') ?? []
      const directory = directories[name]
      if (directory === undefined) throw new ServedError(grpcCode.notFound, `no directory ${name}`)
      for (const { name: path, bytes, modTime } of directory.files) {
        const stat = {
          path: Buffer.from(path),
          mode: fileMode,
          uid: 0,
          gid: 0,
          size: BigInt(bytes.length),
          modTime,
          linkname: Buffer.alloc(0),
          devmajor: 0n,
          devminor: 0n,
        }
        await call.send(packet(Packet_PacketType.PACKET_STAT, { stat }))
      }
      await call.send(packet(Packet_PacketType.PACKET_STAT))
      for await (const { type, id } of call.requests) {
        if (type === Packet_PacketType.PACKET_REQ) await sendFile(id, directory, call)
        if (type === Packet_PacketType.PACKET_FIN)
          return call.send(packet(Packet_PacketType.PACKET_FIN))
      }
    },
  )
}

async function sendFile(
  id: number,
  { files }: Directory,
  call: ServedCall<Packet, Packet>,
): Promise<void> {
  const bytes = files[id]?.bytes ?? new Uint8Array()
  for (let at = 0; at < bytes.length; at += chunkSize) {
    const data = Buffer.from(bytes.subarray(at, at + chunkSize))
    await call.send(packet(Packet_PacketType.PACKET_DATA, { id, data }))
  }
  // An empty chunk ends the file, also one that has no bytes at all.
  await call.send(packet(Packet_PacketType.PACKET_DATA, { id }))
}

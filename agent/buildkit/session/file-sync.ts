import { grpcCode } from '../error.ts'
import { type Packet, Packet_PacketType, type Stat } from '../gen/fsutil.ts'
import { FileSyncDefinition } from '../gen/session.ts'
import { methodOf } from '../rpc/method.ts'
import { type Handler, type ServedCall, ServedError, streaming } from '../rpc/serve.ts'
import { type BytePath, encodeBytePath } from './byte-path.ts'
import type { Directory, Entry } from './directory.ts'
import { isRegular } from './file-mode.ts'
import type { FilterOptions } from './filter.ts'
import { readHeader } from './read-header.ts'

type Call = ServedCall<Packet, Packet>

/** The daemon asks for all files at once; more at a time only make each other slower. */
const filesAtOnce = 4
const maxChunk = 256 * 1024
const noBytes = Buffer.alloc(0)
const { PACKET_STAT, PACKET_REQ, PACKET_DATA, PACKET_FIN, PACKET_ERR } = Packet_PacketType

/**
 * Lets the daemon read the named directories. We tell every entry, numbered from 0, and then the end of the list; the
 * daemon asks for the files that it lacks by number and says FIN when it has them.
 */
export function fileSync(directories: Readonly<Record<string, Directory>>): Handler {
  const method = methodOf(FileSyncDefinition, FileSyncDefinition.methods.diffCopy)
  return streaming(method, async (call) => {
    const [name = ''] = call.metadata.get('dir-name') ?? []
    const directory = Object.hasOwn(directories, name) ? directories[name] : undefined
    if (directory === undefined) throw new ServedError(grpcCode.notFound, `no directory ${name}`)
    try {
      await transfer(directory, call)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      await call.send(packet(PACKET_ERR, { data: Buffer.from(message) }))
      throw new ServedError(grpcCode.unknown, message)
    }
  })
}

/** Lists and serves side by side: the daemon asks for the first files before it has heard of the last. */
async function transfer(directory: Directory, call: Call): Promise<void> {
  const told = new Map<number, BytePath>()
  const failed = Promise.withResolvers<never>()
  const ended = Promise.all([
    list(directory, call, told),
    serve(directory, call, told, failed.reject),
  ])
  // Whichever goes on after the other failed ends with the call.
  await Promise.race([ended, failed.promise])
}

async function list(directory: Directory, call: Call, told: Map<number, BytePath>): Promise<void> {
  let count = 0
  for await (const entries of directory.list(readFilter(call))) {
    for (const [index, { path, mode, linkname }] of entries.entries()) {
      if (isRegular(mode) && linkname === '') told.set(count + index, path)
    }
    count += entries.length
    await call.send(...entries.map((entry) => packet(PACKET_STAT, { stat: statOf(entry) })))
  }
  await call.send(packet(PACKET_STAT))
}

async function serve(
  directory: Directory,
  call: Call,
  told: Map<number, BytePath>,
  fail: (error: unknown) => void,
): Promise<void> {
  const sending = new Set<Promise<void>>()
  for await (const { type, id, data } of call.requests) {
    if (type === PACKET_FIN) break
    if (type === PACKET_ERR) throw new Error(data.toString())
    if (type !== PACKET_REQ) continue
    const path = told.get(id)
    if (path === undefined) throw new Error(`no file ${id} was told`)
    told.delete(id)
    if (sending.size >= filesAtOnce) await Promise.race(sending)
    const sent = sendFile(id, directory.read(path), call).catch(fail)
    sending.add(sent)
    void sent.then(() => sending.delete(sent))
  }
  await call.send(packet(PACKET_FIN))
}

async function sendFile(id: number, bytes: AsyncIterable<Uint8Array>, call: Call): Promise<void> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += maxChunk) {
      const data = Buffer.from(chunk.subarray(at, at + maxChunk))
      await call.send(packet(PACKET_DATA, { id, data }))
    }
  }
  // An empty chunk ends the file, also one that has no bytes at all.
  await call.send(packet(PACKET_DATA, { id }))
}

function readFilter({ metadata }: Call): FilterOptions {
  return {
    includePatterns: readHeader(metadata, 'include-patterns'),
    excludePatterns: readHeader(metadata, 'exclude-patterns'),
    followPaths: readHeader(metadata, 'followpaths'),
  }
}

function packet(type: Packet_PacketType, fields: Partial<Packet> = {}): Packet {
  return { type, stat: undefined, id: 0, data: noBytes, ...fields }
}

function statOf({ path, mode, size, modTime, linkname, device }: Entry): Stat {
  return {
    path: encodeBytePath(path),
    mode,
    uid: 0,
    gid: 0,
    size,
    modTime,
    linkname: encodeBytePath(linkname),
    devmajor: device?.major ?? 0n,
    devminor: device?.minor ?? 0n,
  }
}

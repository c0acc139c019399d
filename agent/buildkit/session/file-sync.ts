import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
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
/** Files that are sent before other work of this process gets a turn. */
const filesPerTurn = 16
const maxChunk = 256 * 1024
/** Within which a daemon that was told why ends the call. */
const endingMs = 2_000
/** Number of `Packet.data`. */
const dataField = 4
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
    const { done, ended } = transfer(directory, call)
    try {
      await done
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      await call.send(packet(PACKET_ERR, { data: Buffer.from(message) }))
      // The daemon ends the call. One that asks for a file just then would hear only that the call has ended, not why.
      await Promise.race([ended.catch(() => undefined), sleep(endingMs, undefined, { ref: false })])
      throw new ServedError(grpcCode.unknown, message)
    }
  })
}

interface Transfer {
  /** Rejects with the first that cannot be read. Whatever goes on then ends with the call. */
  readonly done: Promise<unknown>
  /** Once the daemon asks for nothing more. */
  readonly ended: Promise<void>
}

/** Lists and serves side by side: the daemon asks for the first files before it has heard of the last. */
function transfer(directory: Directory, call: Call): Transfer {
  const told = new Map<number, BytePath>()
  const failed = Promise.withResolvers<never>()
  const want = createFileSender(async (id) => {
    const path = told.get(id)
    if (path === undefined) throw new Error(`no file ${id} was told`)
    told.delete(id)
    await sendFile(id, directory.read(path), call)
  }, failed.reject)
  const ended = serve(call, want)
  const all = Promise.all([list(directory, call, told), ended])
  return { done: Promise.race([all, failed.promise]), ended }
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

async function serve(call: Call, want: (id: number) => void): Promise<void> {
  for await (const { type, id, data } of call.requests) {
    if (type === PACKET_FIN) break
    if (type === PACKET_ERR) throw new Error(data.toString())
    if (type === PACKET_REQ) want(id)
  }
  await call.send(packet(PACKET_FIN))
}

/** Sends the files that are wanted in this order, a few at a time. @returns takes the number of one more. */
function createFileSender(
  send: (id: number) => Promise<void>,
  fail: (error: unknown) => void,
): (id: number) => void {
  const wanted: number[] = []
  let next = 0
  let senders = 0
  const sendAll = async () => {
    for (let id = wanted[next]; id !== undefined; id = wanted[next]) {
      next += 1
      if (next % filesPerTurn === 0) await nextTurn()
      await send(id)
    }
    senders -= 1
  }
  return (id) => {
    wanted.push(id)
    if (senders === filesAtOnce) return
    senders += 1
    sendAll().catch(fail)
  }
}

async function sendFile(id: number, bytes: AsyncIterable<Uint8Array>, call: Call): Promise<void> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += maxChunk) {
      await call.sendBytes(
        packet(PACKET_DATA, { id }),
        dataField,
        chunk.subarray(at, at + maxChunk),
      )
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

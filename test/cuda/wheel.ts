import { createWriteStream } from 'node:fs'
import { mkdir, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { readRange, type RemoteFile } from './pypi.ts'

interface Member {
  readonly name: string
  readonly isDeflated: boolean
  readonly packedBytes: number
  /** Where its local header starts. */
  readonly offset: number
}

const endRecord = Buffer.from('504b0506', 'hex')
/** The end record and the longest comment that may follow it. */
const longestTail = 22 + 65_535
const localHeader = 30

/**
 * Fetches the members of a wheel whose names fit, and nothing else of it, into `folder` unless they lie there already.
 * A wheel is a zip: its table of contents is at the end, and each member can be asked for by its range.
 *
 * @returns the paths by member name, and the bytes that were fetched.
 */
export async function fetchMembers(file: RemoteFile, pattern: RegExp, folder: string) {
  const members = (await readContents(file)).filter(({ name }) => pattern.test(name))
  const paths = new Map<string, string>()
  let bytes = 0
  for (const member of members) {
    const path = join(folder, file.filename, member.name)
    paths.set(member.name, path)
    if (await stat(path).catch(() => undefined)) continue
    await fetchMember(file.url, member, path)
    bytes += member.packedBytes
  }
  return { paths, bytes }
}

async function readContents({ url, size }: RemoteFile): Promise<readonly Member[]> {
  const start = Math.max(0, size - longestTail)
  const tail = Buffer.from(await (await readRange(url, start, size - 1)).arrayBuffer())
  const end = tail.lastIndexOf(endRecord)
  if (end < 0) throw new Error(`${url} is no zip`)
  const [length, offset] = [tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)]
  const contents = await (await readRange(url, offset, offset + length - 1)).arrayBuffer()
  return [...parseContents(Buffer.from(contents))]
}

function* parseContents(data: Buffer): Generator<Member> {
  for (let at = 0; at < data.length;) {
    const nameLength = data.readUInt16LE(at + 28)
    yield {
      name: data.toString('utf8', at + 46, at + 46 + nameLength),
      isDeflated: data.readUInt16LE(at + 10) === 8,
      packedBytes: data.readUInt32LE(at + 20),
      offset: data.readUInt32LE(at + 42),
    }
    at += 46 + nameLength + data.readUInt16LE(at + 30) + data.readUInt16LE(at + 32)
  }
}

async function fetchMember(url: string, member: Member, path: string): Promise<void> {
  const { offset, packedBytes } = member
  const reply = await readRange(url, offset, offset + localHeader - 1)
  const header = Buffer.from(await reply.arrayBuffer())
  const start = offset + localHeader + header.readUInt16LE(26) + header.readUInt16LE(28)
  await mkdir(dirname(path), { recursive: true })
  const { body } = await readRange(url, start, start + Math.max(1, packedBytes) - 1)
  if (body === null) throw new Error(`${member.name}: no body`)
  const unpack = member.isDeflated ? createInflateRaw() : new PassThrough()
  await pipeline(Readable.fromWeb(body), unpack, createWriteStream(`${path}.part`))
  await rename(`${path}.part`, path)
}

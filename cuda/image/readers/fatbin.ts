import { compareVersions } from '../../tables/version.ts'
import type { Reader } from './reader.ts'

const elfMagic = 0x7f454c46
const containerMagic = Buffer.from([0x50, 0xed, 0x55, 0xba])
const containerHeader = 16
const entryHeader = 64
const exactFlag = 0x10_0000
const familyFlag = 0x20_0000
/** More than any header, so that what is held of one is complete with so much of the next chunk. */
const bridge = 256

/**
 * The targets of the GPU code in an ELF file. nvcc puts the code into containers, which start with a magic number and
 * hold one entry for each target. Nothing is kept of the file but the header that a chunk cuts through.
 */
export function readFatbin(): Reader {
  const targets = collectTargets()
  let isElf: boolean | undefined
  let held = Buffer.alloc(0)
  let skip = 0
  let entries = 0

  /** How far it got from `at`, beyond the data when it skips code; 0 when it needs more of the file. */
  const step = (data: Buffer, at: number): number => {
    if (entries >= entryHeader) {
      if (data.length - at < entryHeader) return 0
      const entry = parseEntry(data, at)
      const isSound = isPlausible(entry) && entry.size <= entries
      entries = isSound ? entries - entry.size : 0
      if (isSound) targets.add(entry)
      return isSound ? entry.size : containerMagic.length
    }
    const start = data.indexOf(containerMagic, at)
    if (start < 0) return Math.max(0, data.length - at - containerMagic.length + 1)
    if (data.length - start < containerHeader) return start - at
    entries = parseContainer(data, start)
    return start - at + (entries > 0 ? containerHeader : containerMagic.length)
  }
  /** What is left to be seen together with the next chunk. */
  const readOn = (data: Buffer): Buffer<ArrayBuffer> => {
    let at = Math.min(skip, data.length)
    skip -= at
    for (let length = -1; skip === 0 && length !== 0;) {
      length = step(data, at)
      skip = Math.max(0, at + length - data.length)
      at = Math.min(at + length, data.length)
    }
    return Buffer.from(data.subarray(at))
  }
  /** What is held with what follows it; only the beginning of a large chunk is copied for that. */
  const join = (chunk: Buffer): Buffer => {
    if (held.length === 0) return chunk
    if (isElf === undefined || chunk.length <= bridge) return Buffer.concat([held, chunk])
    const left = readOn(Buffer.concat([held, chunk.subarray(0, bridge)]))
    return chunk.subarray(bridge - left.length)
  }
  return {
    write: (chunk) => {
      if (isElf === false) return
      const data = join(chunk)
      if (data.length >= 4) isElf ??= data.readUInt32BE(0) === elfMagic
      held = isElf === true ? readOn(data) : Buffer.from(data)
    },
    end: () => targets.end(),
  }
}

/** Bytes of the entries of a container: version 1 at 4, size of its own header at 6, size of the rest at 8. */
function parseContainer(data: Buffer, at: number): number {
  const isKnown = data.readUInt16LE(at + 4) === 1 && data.readUInt16LE(at + 6) === containerHeader
  return isKnown ? Number(data.readBigUInt64LE(at + 8)) : 0
}

interface Entry {
  /** 1 PTX, 2 machine code. */
  readonly kind: number
  readonly header: number
  /** With the header, in bytes. */
  readonly size: number
  /** Compute capability times ten. */
  readonly capability: number
  readonly suffix: '' | 'a' | 'f'
  readonly isa: string
}

/** Offsets and flags as fatbinary of CUDA 13.5 writes them for sm_90, sm_90a, sm_100f and their PTX, measured. */
function parseEntry(data: Buffer, at: number): Entry {
  const header = data.readUInt32LE(at + 4)
  const flags = data.readUInt32LE(at + 40)
  return {
    kind: data.readUInt16LE(at),
    header,
    size: header + Number(data.readBigUInt64LE(at + 8)),
    capability: data.readUInt32LE(at + 28),
    suffix: (flags & exactFlag) !== 0 ? 'a' : (flags & familyFlag) !== 0 ? 'f' : '',
    isa: `${data.readUInt16LE(at + 26)}.${data.readUInt16LE(at + 24)}`,
  }
}

const sorted = (names: ReadonlySet<string>) =>
  [...names].toSorted((a, b) => parseInt(a) - parseInt(b))

/** Four bytes may look like a container by chance: what follows must look like code for a GPU. */
function isPlausible({ header, capability }: Entry): boolean {
  return header >= entryHeader && capability >= 10 && capability < 1000
}

function collectTargets() {
  const sm = new Set<string>()
  const ptx = new Set<string>()
  let isa: string | undefined
  return {
    add: (entry: Entry) => {
      const target = `${entry.capability}${entry.suffix}`
      if (entry.kind === 2) sm.add(target)
      if (entry.kind !== 1) return
      ptx.add(target)
      if (isa === undefined || compareVersions(entry.isa, isa) < 0) isa = entry.isa
    },
    end: () =>
      sm.size + ptx.size === 0
        ? undefined
        : ({
            kind: 'code',
            code: { sm: sorted(sm), ptx: sorted(ptx), ...(isa !== undefined && { isa }) },
          } as const),
  }
}

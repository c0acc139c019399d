import { Definition } from './gen/llb.ts'
import { describeOp, digestOfOp, marshalOp } from './marshal-op.ts'

export interface HttpArchive {
  /** Where the daemon fetches it when it does not have it. */
  readonly url: string
  /** `sha256:…` of its bytes. The daemon refuses other bytes and keeps by this what it has made of them. */
  readonly digest: string
  /** The step of the progress that fetches it. What unpacks it is called the same, as something internal. */
  readonly title: string
}

const fileName = 'archive'
/** What the daemon takes for "as it is". */
const unchanged = -1

/**
 * A marshalled definition of the files in a tar on the web, to be given to a frontend as an input. Because the digest is
 * pinned the daemon asks for nothing that it has, whatever address it came from.
 */
export function unpackedArchive({ url, digest, title }: HttpArchive): Uint8Array {
  const source = marshalOp([], {
    $case: 'source',
    source: {
      identifier: url,
      attrs: { 'http.filename': fileName, 'http.checksum': digest },
    },
  })
  const copy = {
    src: `/${fileName}`,
    dest: '/',
    mode: unchanged,
    attemptUnpackDockerCompatibility: true,
    timestamp: BigInt(unchanged),
  }
  const unpacked = marshalOp([source], {
    $case: 'file',
    file: { actions: [{ input: BigInt(unchanged), secondaryInput: 0n, output: 0n, copy }] },
  })
  return Definition.encode({
    def: [source, unpacked, marshalOp([unpacked], undefined)],
    metadata: {
      [digestOfOp(source)]: describeOp(title),
      [digestOfOp(unpacked)]: describeOp(`[internal] ${title}`),
    },
  }).finish()
}

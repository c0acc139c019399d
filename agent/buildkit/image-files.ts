import { Definition } from './gen/llb.ts'
import { describeOp, digestOfOp, marshalOp } from './marshal-op.ts'

/**
 * A marshalled definition of the files of an image, to be given to a frontend as an input: unlike with FROM, nothing that
 * the image says is done to them. @param reference `host/repository@sha256:…`
 */
export function imageFiles(reference: string): Uint8Array {
  const identifier = `docker-image://${reference}`
  const source = marshalOp([], { $case: 'source', source: { identifier, attrs: {} } })
  return Definition.encode({
    def: [source, marshalOp([source], undefined)],
    // Without any the daemon takes it for none.
    metadata: { [digestOfOp(source)]: describeOp('load the image') },
  }).finish()
}

import { Definition } from './gen/llb.ts'
import { describeOp, digestOfOp, marshalOp } from './marshal-op.ts'
import { memoryDirectory } from './session/directory.ts'
import type { SolveOptions } from './solve-options.ts'

/** The name under which the frontend finds the files of the image. */
const given = 'image'

/**
 * What a solve is told whose result is the files of one image and nothing else. The image is an input of the frontend:
 * unlike with FROM and its reference, nothing that the image says is done to them. @param reference `host/repository@sha256:…`
 */
export function imageFiles(
  reference: string,
): Pick<SolveOptions, 'sharedKey' | 'frontendAttrs' | 'directories' | 'inputs'> {
  return {
    sharedKey: '',
    frontendAttrs: { [`context:${given}`]: `input:${given}` },
    directories: {
      context: memoryDirectory({}),
      dockerfile: memoryDirectory({ Dockerfile: Buffer.from(`FROM ${given}\n`) }),
    },
    inputs: { [given]: definitionOf(reference) },
  }
}

function definitionOf(reference: string): Uint8Array {
  const identifier = `docker-image://${reference}`
  const source = marshalOp([], { $case: 'source', source: { identifier, attrs: {} } })
  return Definition.encode({
    def: [source, marshalOp([source], undefined)],
    // Without any the daemon takes it for none.
    metadata: { [digestOfOp(source)]: describeOp('load the image') },
  }).finish()
}

import { createHash } from 'node:crypto'
import { Op } from './gen/llb.ts'

/** An operation in the form in which the next ones name it. Without an operation it is the result of its input. */
export function marshalOp(inputs: readonly Uint8Array[], op: Op['op']): Buffer {
  const from = inputs.map((input) => ({ digest: digestOfOp(input), index: 0n }))
  return Buffer.from(Op.encode({ inputs: from, op }).finish())
}

export function digestOfOp(op: Uint8Array): string {
  return `sha256:${createHash('sha256').update(op).digest('hex')}`
}

/** What the progress calls an operation. */
export function describeOp(name: string) {
  return { description: { 'llb.customname': name } }
}

/** A build context that could not be brought to this node. The message is fit for the one who submitted it. */
export class ContextUnavailable extends Error {
  override readonly name = 'ContextUnavailable'
}

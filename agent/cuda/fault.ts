import { finding, type Finding } from '../../cuda/verdict/judgement.ts'
import type { Reason } from '../../cuda/tables/reason.ts'
import {
  isReasonCode,
  type ReasonCode,
  type ReasonParams,
  reasons,
} from '../../cuda/tables/reasons.ts'

/** Why an image did not pass, and who must act. */
export interface Fault extends Finding {
  readonly owner: Reason['owner']
}

/** A fault with the owner of its code, unless the case at hand tells another. */
export function fault(
  code: ReasonCode,
  params: ReasonParams = {},
  owner: Reason['owner'] = reasons[code].owner,
): Fault {
  return { ...finding(code, params), owner }
}

/** The code that a report names, if it is one of the table. */
export function reasonCode(text: string): ReasonCode {
  return isReasonCode(text) ? text : 'CUDA_ERROR'
}

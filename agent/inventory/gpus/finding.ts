import type { NodeFinding } from '#contract/node.ts'
import { type ReasonCode, type ReasonParams, reasons } from '../../../cuda/tables/reasons.ts'

/** Something about the node as a whole. */
export function nodeFinding(code: ReasonCode, params: ReasonParams = {}): NodeFinding {
  return { code, severity: reasons[code].severity, params }
}

/** Something about one GPU. */
export function gpuFinding(gpu: string, code: ReasonCode, params: ReasonParams = {}): NodeFinding {
  return { ...nodeFinding(code, { uuid: gpu, ...params }), gpu }
}

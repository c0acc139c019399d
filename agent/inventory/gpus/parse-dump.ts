import type { NodeFinding } from '#contract/node.ts'
import { gpuFinding, nodeFinding } from './finding.ts'

const calm = ['None', 'N/A', '[N/A]', '']
/** The fabric of an NVSwitch machine is set up; other machines have none. */
const connected = ['Completed', 'N/A', '[N/A]', '']

/** Reads what only the whole dump, `nvidia-smi -q -x`, tells: what the driver asks for, and the state of the fabric. */
export function judgeDump(xml: string): readonly NodeFinding[] {
  return xml
    .split(/<gpu id=/)
    .slice(1)
    .flatMap((gpu) => {
      const uuid = valueOf(gpu, 'uuid')
      const action = valueOf(gpu, 'gpu_recovery_action')
      const fabric = valueOf(/<fabric>.*?<\/fabric>/s.exec(gpu)?.[0] ?? '', 'state')
      return [
        ...(calm.includes(action) ? [] : [gpuFinding(uuid, 'GPU_RECOVERY_NEEDED', { action })]),
        ...(connected.includes(fabric) ? [] : [nodeFinding('FABRIC_MANAGER_DOWN', { fabric })]),
      ]
    })
}

function valueOf(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim() ?? ''
}

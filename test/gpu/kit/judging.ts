import { steeringVariables } from '../../../agent/cuda/verify-dockerfile.ts'
import { type MeasuredVerdict, verdict } from '../../../agent/cuda/verdict.ts'
import type { Probed } from './probing.ts'

/** The verdict on what was probed, in a farm for tests: what passes on a simulated GPU passes. */
export function judge(
  { attempts, env }: Probed,
  granted: string,
  libcuda: string,
): MeasuredVerdict {
  return verdict({
    granted,
    driverFiles: [libcuda],
    attempts,
    present: [],
    steering: steeringVariables(env),
    simulation: true,
  })
}

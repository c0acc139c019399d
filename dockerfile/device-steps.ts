import type { BuildInputs } from './global-arguments.ts'
import { lineOf, readFlags } from './parse.ts'
import { readUsedStages } from './used-stages.ts'

/** A RUN that asks to be given a device of its node. */
export interface DeviceStep {
  /** As it is written, such as `nvidia.com/gpu=all,required`. */
  readonly device: string
  /** Counted from 1. */
  readonly line: number
}

/** Every `RUN --device`, in the stages that the target needs. */
export function readDeviceSteps(text: string, inputs: BuildInputs): readonly DeviceStep[] {
  return readUsedStages(text, inputs)
    .filter((instruction) => instruction.getKeyword() === 'RUN')
    .flatMap((instruction) =>
      readFlags(instruction)
        .filter(({ name }) => name === 'device')
        .map(({ value }) => ({ device: value, line: lineOf(instruction) })),
    )
}

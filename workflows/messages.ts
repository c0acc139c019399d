import { defineSignal } from '@temporalio/workflow'
import { type Placed, signals } from '#contract/workflow.ts'

/** The placer's answer to the stage `waiting`. Sent again until the attempt starts, so a repeat is no news. */
export const placedSignal = defineSignal<[Placed]>(signals.placed)

/** The node of this attempt has stopped answering. */
export const nodeLostSignal = defineSignal<[attempt: number]>(signals.nodeLost)

/** Something of the environment has changed: look again. */
export const changedSignal = defineSignal(signals.changed)

import { defineSignal } from '@temporalio/workflow'
import type { BuildFailure } from '#contract/failure.ts'
import { type Loss, type Placed, signals } from '#contract/workflow.ts'

/** The placer's answer to the stage `waiting`. Sent again until the attempt starts, so a repeat is no news. */
export const placedSignal = defineSignal<[Placed]>(signals.placed)

/** The node of this attempt has stopped answering, or has left. Servers of before do not say which. */
export const nodeLostSignal = defineSignal<[attempt: number, loss?: Loss]>(signals.nodeLost)

/** The build that did the work of this one has failed, and so does this. */
export const joinedFailedSignal = defineSignal<[BuildFailure]>(signals.joinedFailed)

/** Something of the environment has changed: look again. */
export const changedSignal = defineSignal(signals.changed)
